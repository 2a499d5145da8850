using System.Text.Json;
using AiPlatform.Api.Admin;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Access;

/// <summary>Brings the callers of <c>CALLERS_FILE</c> into the store, at the start and when the file has changed. A file that is not valid stops the start; later it
/// is logged, and the one before holds.</summary>
sealed partial class CallersFile(CallerStore store, IOptions<ApiOptions> options, ILogger<CallersFile> logger)
{
    const int MostBytes = 8 * 1024 * 1024;
    const string HashPrefix = "sha256:";
    const int HashDigits = 64;
    const int HintDigits = 8;

    static readonly JsonDocumentOptions Json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    byte[]? _applied;
    byte[]? _seen;
    string? _problem;

    /// <summary>Whether this process has one.</summary>
    public bool IsSet => options.Value.CallersFile is { Length: > 0 };

    /// <exception cref="OptionsValidationException">The file is not valid.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.CallersFile is not { Length: > 0 } path)
            return;
        var (content, problem) = Load(path);
        problem ??= await ApplyAsync(path, content, cancellationToken);
        if (problem is not null)
            throw new OptionsValidationException(nameof(ApiOptions.CallersFile), typeof(ApiOptions), [$"CALLERS_FILE {path}: {problem}"]);
    }

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (options.Value.CallersFile is not { Length: > 0 } path)
            return;
        var (content, problem) = Load(path);
        var isAsSeen = content.AsSpan().SequenceEqual(_seen);
        _seen = content;
        // Not at first sight: it may be in the middle of being written.
        if (!isAsSeen || (problem is null && content.AsSpan().SequenceEqual(_applied)))
            return;
        problem ??= await ApplyAsync(path, content, cancellationToken);
        if (problem is not null && problem != _problem)
            LogRefused(logger, path, problem);
        _problem = problem;
    }

    /// <summary>What the file's content says.</summary>
    public static (IReadOnlyList<FiledCaller> Callers, InputErrors Errors) Read(ReadOnlyMemory<byte> content)
    {
        var errors = new InputErrors();
        List<FiledCaller> callers = [];
        using var document = JsonDocument.Parse(content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content, Json);
        if (JsonShape.Read<FileCallers>(document.RootElement, errors) is not { } file)
            return (callers, errors);
        HashSet<string> names = [], hashes = [];
        foreach (var (place, one) in file.Callers!.Index())
        {
            var path = $"callers[{place}].";
            if (!names.Add(one.Name!))
                errors.Add(path + "name", $"'{one.Name}' is given twice; each caller has a name of its own.");
            var caller = CallerRules.Read(one.Name!, one, path, errors);
            List<NewToken> tokens = [];
            foreach (var (index, word) in one.TokenHashes!.Index())
            {
                if (Hash(word) is not { } hash)
                    errors.Add($"{path}token_hashes[{index}]", "is not allowed; allowed: sha256: and the 64 hexadecimal digits of the token's SHA-256.");
                else if (!hashes.Add(Convert.ToHexString(hash)))
                    errors.Add($"{path}token_hashes[{index}]", "is given twice; a token has one caller.");
                else
                    tokens.Add(new NewToken(Guid.CreateVersion7(), hash, word[..(HashPrefix.Length + HintDigits)] + "…", null));
            }
            callers.Add(new FiledCaller(caller, one.ExpiresAt?.ToUniversalTime(), tokens));
        }
        return (callers, errors);
    }

    static (byte[] Content, string? Problem) Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MostBytes)
                return ([], $"it has {file.Length} bytes; at most {MostBytes} are read.");
            var content = new byte[file.Length];
            file.ReadExactly(content);
            return (content, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ([], $"it cannot be read ({failure.Message})");
        }
    }

    async Task<string?> ApplyAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            var (callers, errors) = Read(content);
            if (errors.Any)
                return string.Join(' ', errors.ByField.SelectMany(field => field.Value.Select(message => $"{field.Key} {message}")));
            var (changes, problem) = await store.ReplaceFileAsync(callers, cancellationToken);
            if (problem is not null)
                return problem;
            (_applied, _seen) = (content, content);
            LogHolds(logger, path, callers.Count, changes);
            return null;
        }
        catch (JsonException syntax)
        {
            // Not the exception's own words, which may quote the file.
            return $"it is not JSON from line {syntax.LineNumber + 1}, byte {syntax.BytePositionInLine + 1} on.";
        }
        catch (InvalidOperationException)
        {
            return "a text in it is half of a character, such as \"\\ud800\" alone.";
        }
    }

    static byte[]? Hash(string word) =>
        word.Length == HashPrefix.Length + HashDigits && word.StartsWith(HashPrefix, StringComparison.Ordinal) && word[HashPrefix.Length..].All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(word.AsSpan(HashPrefix.Length))
            : null;

    [LoggerMessage(1061, LogLevel.Information, "The callers of {Path} hold: {Callers} of them, with {Changes} changes.")]
    static partial void LogHolds(ILogger logger, string path, int callers, int changes);

    [LoggerMessage(1062, LogLevel.Error, "{Path} was changed, but the callers before still hold: {Problem}")]
    static partial void LogRefused(ILogger logger, string path, string problem);
}
