namespace AiPlatform.Api.Requests;

/// <summary>What is wrong with a request, by field. Bounded: a batch of 10,000 wrong jobs gets an answer of a readable size.</summary>
sealed class InputErrors
{
    public const int MostFields = 50;

    /// <summary>Names that are shown cut may be the same for many fields.</summary>
    const int MostMessages = 5;

    /// <summary>The name of the body as a whole.</summary>
    public const string Body = "$";

    readonly Dictionary<string, IReadOnlyList<string>> _byField = [];
    int _more;

    /// <summary>The code of the answer, where one of the faults has one of its own; null for that of all others.</summary>
    public string? Code { get; set; }

    public bool Any => _byField.Count > 0;

    /// <summary>Whether what is found now is only counted, so that looking further is work for nothing.</summary>
    public bool IsFull => _more > 0;

    public IReadOnlyDictionary<string, IReadOnlyList<string>> ByField => _byField;

    public string Summary => (_byField.Count, _more) switch
    {
        (1, 0) => "1 field is not valid.",
        (var count, 0) => $"{count} fields are not valid.",
        var (count, _) => $"More than {count} fields are not valid; these are the first.",
    };

    public void Add(string field, string message)
    {
        if (_byField.TryGetValue(field, out var known) && known.Count < MostMessages)
            _byField[field] = known.Contains(message) ? known : [.. known, message];
        else if (known is null && _byField.Count < MostFields)
            _byField.Add(field, [message]);
        else
            _more++;
    }

    public void Add(InputErrors others)
    {
        foreach (var (field, messages) in others.ByField)
        {
            foreach (var message in messages)
                Add(field, message);
        }
        _more += others._more;
        Code ??= others.Code;
    }
}
