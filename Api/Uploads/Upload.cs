using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Uploads;

/// <summary>A file on its way into the store, and the fields of the form that brings it.</summary>
/// <param name="most">Bytes that it may have.</param>
/// <param name="tooLarge">The answer where it has more.</param>
/// <param name="makeRoom">Makes room for so many bytes of it, and for those that are to come; the answer where there is none.</param>
sealed class Upload(
    JobScope scope, Guid id, string owner, long most, ProblemResult tooLarge, Func<long, CancellationToken, Task<ProblemResult?>>? makeRoom = null)
{
    readonly Dictionary<string, List<string>> _fields = [];

    /// <summary>Of who sends it.</summary>
    public JobScope Scope => scope;

    /// <summary>Who sends it, and may be revoked before all of it has come.</summary>
    public RequestCaller? Sender { get; set; }

    public Guid Id => id;
    public string Owner => owner;
    public long Most => most;
    public ProblemResult TooLarge => tooLarge;

    /// <summary>Why it is not taken: it is too large, its owner has too much, or its sender is revoked; null where nothing speaks against it.</summary>
    public ProblemResult? Refusal { get; private set; }

    public InputErrors Errors { get; } = new();
    public IEnumerable<string> FieldNames => _fields.Keys;

    /// <summary>Whether a file has come at all.</summary>
    public bool HasFile { get; set; }

    /// <summary>Whether the store knows of it, so that something may have to be removed.</summary>
    public bool HasBegun { get; set; }

    public long Bytes { get; set; }

    /// <summary>SHA-256 of the bytes, once all have come.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Null where it is not given.</summary>
    public string? Field(string name) => _fields.TryGetValue(name, out var values) ? values[0] : null;

    /// <summary>Of a field that may be given several times: its name ends with <c>[]</c>.</summary>
    public IReadOnlyList<string> Fields(string name) => _fields.GetValueOrDefault(name) ?? [];

    /// <summary>Has room made for the bytes that have come, unless it is refused.</summary>
    public async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (Refusal is null)
            Refusal = Sender is { IsStillIn: false } ? Problems.NoLongerIn() : Bytes > most ? tooLarge : makeRoom is null ? null : await makeRoom(Bytes, cancellationToken);
    }

    /// <summary>It is not taken, for a reason that shows only now.</summary>
    public void Refuse(ProblemResult refusal) => Refusal ??= refusal;

    public void Note(string name, string value)
    {
        if (name.Contains('\0', StringComparison.Ordinal) || value.Contains('\0', StringComparison.Ordinal))
            Errors.Add(Shown.Name(name), "must not hold a NUL character.");
        else if (!_fields.TryGetValue(name, out var values))
            _fields.Add(name, [value]);
        else if (name.EndsWith("[]", StringComparison.Ordinal))
            values.Add(value);
        else
            Errors.Add(Shown.Name(name), "is given twice.");
    }
}
