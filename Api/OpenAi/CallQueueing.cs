using System.Globalization;
using System.Reflection;
using System.Text.Json;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiPlatform.Api.OpenAi;

/// <summary>How a call of OpenAI's form is to be queued. Its body has no fields for that: headers say it, or entries of <c>metadata</c> for clients that
/// cannot send headers of their own.</summary>
sealed class CallQueueing : IRequestPart, IEndpointParameterMetadataProvider
{
    public const string DefaultOwner = "openai";

    /// <summary>What our entries of the metadata begin with; the others are the caller's.</summary>
    const string OwnPrefix = "aiplatform_";

    static readonly string[] Priorities = Wire.Words(typeof(JobPriority));

    static readonly Wish OwnersName = new(
        "X-Owner-Service", "owner_service", $"Whose job it is; {DefaultOwner} where it is left out, or the first of the caller's.", new EachWordAttribute(128).Check);
    static readonly Wish OwnersRef = new("X-Owner-Ref", "owner_ref", "The caller's own reference.", new EachWordAttribute(256).Check);
    static readonly Wish Urgency = new("X-Priority", "priority", "Where it is left out the caller's own, which is normal unless it has another.", PriorityFault) { Allowed = Priorities };
    static readonly Wish Latest = new("X-Deadline", "deadline", "The job is not started after this time.", DeadlineFault) { Format = "date-time" };
    static readonly Wish Key = new(
        Requests.IdempotencyKey.Header, "idempotency_key",
        "The same key from the same owner is answered with the first call's job, which goes on when its caller leaves; with another body it is refused (409).",
        new EachWordAttribute(256).Check);

    static readonly Wish[] Wishes = [OwnersName, OwnersRef, Urgency, Latest, Key];

    readonly Dictionary<Wish, string> _said = [];

    public ProblemResult? Problem => null;
    public InputErrors Errors { get; } = new();

    public required Caller Caller { get; init; }
    public string OwnerService => SubmissionRules.OwnerOf(Caller, _said.GetValueOrDefault(OwnersName), DefaultOwner);
    public string? OwnerRef => _said.GetValueOrDefault(OwnersRef);
    public JobPriority Priority => _said.TryGetValue(Urgency, out var word) ? Enum.Parse<JobPriority>(word, ignoreCase: true) : Caller.DefaultPriority;
    public DateTimeOffset? Deadline => _said.TryGetValue(Latest, out var time) ? Time(time) : null;
    public string? IdempotencyKey => _said.GetValueOrDefault(Key);

    public static ValueTask<CallQueueing> BindAsync(HttpContext context, ParameterInfo _)
    {
        var queueing = new CallQueueing { Caller = RequestCaller.Of(context).Caller };
        foreach (var wish in Wishes)
        {
            var given = context.Request.Headers[wish.Header];
            if (given.Count > 1)
                queueing.Errors.Add(wish.Header, "is given twice.");
            else if (given.Count == 1)
                queueing.Say(wish, wish.Header, given[0]!, queueing.Errors);
        }
        return new(queueing);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        foreach (var wish in Wishes)
            builder.Metadata.Add(new RequestParameter(wish.Header, wish.Description) { InHeader = true, Allowed = wish.Allowed, Format = wish.Format });
    }

    /// <summary>Adds what the metadata says.</summary>
    /// <returns>The metadata without it, for the model server; null where nothing is left.</returns>
    public JsonElement? Take(JsonElement? metadata, InputErrors errors) => Others(metadata, errors, entry => Take(entry, errors));

    /// <summary>What is not ours of the metadata of a call that is queued as something else says.</summary>
    /// <param name="own">Told of each of our entries, which else has no effect, be it right or wrong.</param>
    public static JsonElement? Others(JsonElement? metadata, InputErrors errors, Action<JsonProperty>? own = null)
    {
        if (metadata is not { ValueKind: not JsonValueKind.Null } given)
            return null;
        if (given.ValueKind != JsonValueKind.Object)
        {
            errors.Add("metadata", $"must be an object, not {Shown.Kind(given)}.");
            return null;
        }
        Dictionary<string, JsonElement> others = [];
        foreach (var entry in given.EnumerateObject())
        {
            if (!entry.Name.StartsWith(OwnPrefix, StringComparison.Ordinal))
                others.Add(entry.Name, entry.Value);
            else
                own?.Invoke(entry);
        }
        return others.Count == 0 ? null : JsonSerializer.SerializeToElement(others, OpenAiJson.Types.DictionaryStringJsonElement);
    }

    void Take(JsonProperty entry, InputErrors errors)
    {
        var path = $"metadata.{Shown.Name(entry.Name)}";
        if (Wishes.FirstOrDefault(wish => entry.Name == OwnPrefix + wish.Name) is not { } wish)
            errors.Add(path, $"is not known; {Shown.Allowed(Wishes.Select(known => OwnPrefix + known.Name))}");
        else if (entry.Value.ValueKind != JsonValueKind.String)
            errors.Add(path, $"must be a string, not {Shown.Kind(entry.Value)}.");
        else if (_said.TryGetValue(wish, out var said) && said != entry.Value.GetString())
            errors.Add(path, $"differs from the header {wish.Header}; say it in one of them.");
        else
            Say(wish, path, entry.Value.GetString()!, errors);
    }

    void Say(Wish wish, string path, string word, InputErrors errors)
    {
        if (wish.Fault(word) is { } fault)
            errors.Add(path, fault);
        else
            _said[wish] = word;
    }

    static string? PriorityFault(string? word) =>
        Priorities.Contains(word) ? null : $"{Shown.Before($"'{word}'")}is not allowed; {Shown.Allowed(Priorities)}";

    static string? DeadlineFault(string? word) => Time(word) is not { } time
        ? $"{Shown.Before($"'{word}'")}is not a time; write it with its offset, such as 2030-01-31T12:00:00Z."
        : TextRule.IsReckonable(time) ? null : $"{Shown.Before($"'{word}'")}is not allowed; {TextRule.Times}";

    static DateTimeOffset? Time(string? word) =>
        word is not null && TextRule.IsTime(word) && DateTimeOffset.TryParse(word, CultureInfo.InvariantCulture, out var time) ? time.ToUniversalTime() : null;

    /// <param name="Fault">What is wrong with a word; null where nothing is.</param>
    sealed record Wish(string Header, string Name, string Description, Func<string?, string?> Fault)
    {
        public IReadOnlyList<string> Allowed { get; init; } = [];
        public string? Format { get; init; }
    }
}
