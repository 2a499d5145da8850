using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>Puts together what earlier runs of a job have told, from its events in their order.</summary>
sealed class EarlierTextReader
{
    readonly StringBuilder text = new();
    DateTimeOffset? run;
    int? tokens;
    long? promptTokens;
    int continued;
    bool isWhole = true;
    bool hasText;

    /// <summary>Null where nothing was told, or only what was taken back.</summary>
    public EarlierText? Text => hasText ? new EarlierText(text.ToString(), run.GetValueOrDefault(), tokens, promptTokens, continued, isWhole && text.Length > 0) : null;

    public void Read(JobEvent entry)
    {
        try
        {
            switch (entry.Type)
            {
                case JobEventTypes.Token:
                    Add(entry.Data.Deserialize(ContractsJson.Default.TokenEvent)!);
                    break;
                case JobEventTypes.Continued:
                    Continue(entry.Data.Deserialize(ContractsJson.Default.ContinuedEvent)!);
                    break;
                case JobEventTypes.Restart:
                    Begin(entry.Data.Deserialize(ContractsJson.Default.RestartEvent)!.StartedAt);
                    break;
            }
        }
        catch (JsonException)
        {
            // Of a worker of another version: something was said, and nobody here knows what.
            (hasText, isWhole) = (true, false);
        }
    }

    void Add(TokenEvent token)
    {
        if (token.StartedAt != run)
        {
            Begin(token.StartedAt);
        }
        hasText = true;
        tokens = token.Tokens;
        promptTokens = token.From?.PromptTokens ?? promptTokens;
        // A write whose answer was lost is made again, so a piece may come twice; one that is missing may have been said all the same.
        var at = token.At ?? -1;
        isWhole &= token.Continuable != false && at >= 0 && at <= text.Length && IsRepeated(token.Text, at);
        if (isWhole && at + token.Text.Length > text.Length)
        {
            text.Append(token.Text, text.Length - at, token.Text.Length - (text.Length - at));
        }
    }

    void Continue(ContinuedEvent next)
    {
        if (next.Of != run || next.Characters != text.Length)
        {
            Begin(next.StartedAt);
            (hasText, isWhole) = (true, false);
            return;
        }
        run = next.StartedAt;
        continued++;
    }

    void Begin(DateTimeOffset start)
    {
        text.Clear();
        (run, tokens, promptTokens, continued, isWhole, hasText) = (start, null, null, 0, true, false);
    }

    /// <summary>Whether what was said before says the same where the two overlap.</summary>
    bool IsRepeated(string said, int at)
    {
        var overlap = Math.Min(text.Length - at, said.Length);
        return text.ToString(at, overlap) == said[..overlap];
    }
}
