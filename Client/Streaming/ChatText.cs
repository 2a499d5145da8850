using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client.Streaming;

/// <summary>Makes of a chat's events the text that they say: a run may go on with the text of another one or begin anew, and pieces may be missing or come again.</summary>
sealed class ChatText(Guid job)
{
    readonly StringBuilder _text = new();
    DateTimeOffset? _run;

    /// <summary>A piece is missing. What follows it has no place; the result has all of it.</summary>
    bool _hasGap;

    /// <summary>Null where the event changes nothing for a reader.</summary>
    /// <exception cref="JsonException">The event is not in its form.</exception>
    public ChatUpdate? After(JobEvent next) => next.Type switch
    {
        JobEventTypes.Token => Say(Read(next.Data, ClientJson.Wire.TokenEvent)),
        JobEventTypes.Continued => GoOn(Read(next.Data, ClientJson.Wire.ContinuedEvent)),
        JobEventTypes.Restart => Anew(Read(next.Data, ClientJson.Wire.RestartEvent).StartedAt, ""),
        _ => null,
    };

    /// <summary>The last step: what the result has and was not said.</summary>
    public ChatUpdate End(ChatResult result)
    {
        var content = result.Content ?? "";
        var said = _text.ToString();
        return content.StartsWith(said, StringComparison.Ordinal)
            ? new(job, content[said.Length..], IsRestart: false, result)
            : new(job, content, IsRestart: true, result);
    }

    ChatUpdate? Say(TokenEvent token)
    {
        // Another run that did not say that it goes on with the text.
        var isNew = _run is { } run && token.StartedAt != run;
        if (isNew)
            return token.At is null or 0 ? Anew(token.StartedAt, token.Text) : Lose(token.StartedAt);
        _run = token.StartedAt;
        var at = token.At ?? _text.Length;
        _hasGap |= at > _text.Length;
        var known = _text.Length - at;
        if (_hasGap || known >= token.Text.Length)
            return null;
        var piece = token.Text[known..];
        _text.Append(piece);
        return new(job, piece, IsRestart: false, Result: null);
    }

    ChatUpdate? GoOn(ContinuedEvent continued)
    {
        if (_run is { } run && continued.Of != run)
            return Lose(continued.StartedAt);
        _run = continued.StartedAt;
        _hasGap = continued.Characters > _text.Length;
        if (continued.Characters >= _text.Length)
            return null;
        // What was said beyond that was not kept.
        return Anew(continued.StartedAt, _text.ToString(0, continued.Characters));
    }

    ChatUpdate? Anew(DateTimeOffset run, string text)
    {
        var wasEmpty = _text.Length == 0;
        (_run, _hasGap) = (run, false);
        _text.Clear().Append(text);
        return wasEmpty && text.Length == 0 ? null : new(job, text, IsRestart: !wasEmpty, Result: null);
    }

    /// <summary>A run whose beginning is not known.</summary>
    ChatUpdate? Lose(DateTimeOffset run)
    {
        var update = Anew(run, "");
        _hasGap = true;
        return update;
    }

    static T Read<T>(JsonElement data, JsonTypeInfo<T> type) => data.Deserialize(type) ?? throw new JsonException();
}
