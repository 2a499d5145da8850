using System.Text.Json;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Reads the file of <c>LLM_CONFIG_FILE</c>. <c>docs/models.md</c> tells what may stand in it.</summary>
static class ModelConfigFile
{
    const int MostBytes = 4 * 1024 * 1024;

    static readonly JsonDocumentOptions Json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        // The second of two would silently win.
        AllowDuplicateProperties = false,
    };

    /// <summary>The file's content; what is wrong where it cannot be read.</summary>
    public static (byte[]? Content, string? Error) Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MostBytes)
            {
                return (null, $"it has {file.Length} bytes; at most {MostBytes} are read.");
            }
            var content = new byte[file.Length];
            file.ReadExactly(content);
            return (content, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, $"it cannot be read ({failure.Message})");
        }
    }

    /// <summary>The configuration of <paramref name="options"/>: of its file where it names one, else of the environment.</summary>
    public static ConfigReading Read(LlmOptions options)
    {
        if (options.ConfigFile is not { } path)
        {
            return new ConfigReading(ModelConfig.FromEnvironment(options), []);
        }
        var (content, error) = Load(path);
        return content is null ? new ConfigReading(null, [error!]) : Parse(content, options, Environment.GetEnvironmentVariable);
    }

    /// <param name="variables">The environment, for keys that the file names and does not hold.</param>
    public static ConfigReading Parse(ReadOnlyMemory<byte> content, LlmOptions options, Func<string, string?> variables)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(content), Json);
            List<string> errors = [];
            var config = new ModelConfigReader(options, variables, errors).Read(document.RootElement);
            return new ConfigReading(errors.Count == 0 ? config : null, errors);
        }
        catch (JsonException failure)
        {
            return new ConfigReading(null, [$"it is not JSON: {failure.Message}"]);
        }
        catch (InvalidOperationException)
        {
            return new ConfigReading(null, ["a text in it is half of a character, such as \"\\ud800\" alone."]);
        }
    }

    // Editors on Windows write one.
    static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> content) => content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
}

/// <summary>What came of reading a configuration.</summary>
/// <param name="Config">Null where something is wrong with it.</param>
/// <param name="Errors">Each a sentence that names the path in the file, the value, and what is allowed.</param>
sealed record ConfigReading(ModelConfig? Config, IReadOnlyList<string> Errors);
