using System.Text;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>
/// The text of a job's answer as its events tell it, and how much of that the caller has. What the caller has stays the beginning of the text, or the
/// text is <see cref="IsVoid"/>.
/// </summary>
sealed class AnswerText
{
    readonly StringBuilder _text = new();

    /// <summary>Start of the run whose text it is; null before the first.</summary>
    DateTimeOffset? _run;

    int _given;

    /// <summary>Whether pieces were lost with Redis. What follows them has to wait for the result.</summary>
    bool _hasGap;

    /// <summary>Whether the text begins anew, and the caller already has some of the one before.</summary>
    public bool IsVoid { get; private set; }

    public bool IsGiven => _given > 0;

    /// <summary>What the caller has.</summary>
    public string Given => _text.ToString(0, _given);

    public void Add(TokenEvent token)
    {
        if (token.StartedAt != _run)
            Begin(token.StartedAt);
        var at = token.At ?? _text.Length;
        _hasGap |= at > _text.Length;
        // A write whose answer was lost is made again: what is there already is passed over.
        if (!_hasGap && at + token.Text.Length > _text.Length)
            _text.Append(token.Text.AsSpan(_text.Length - at));
    }

    public void Continue(ContinuedEvent next)
    {
        if (next.Of == _run)
            _hasGap |= next.Characters != _text.Length;
        else
            Begin(next.Of, hasGap: next.Characters > 0);
        _run = next.StartedAt;
    }

    /// <param name="hasGap">Whether text of it is missing already.</param>
    public void Begin(DateTimeOffset run, bool hasGap = false)
    {
        IsVoid |= IsGiven;
        _text.Clear();
        (_run, _given, _hasGap) = (run, 0, hasGap);
    }

    /// <summary>What of the text the caller does not have yet, and then has. Nothing while it may not be part of the answer: a run that ended before
    /// <paramref name="job"/>, unless another one goes on with it.</summary>
    public string Take(JobView? job)
    {
        if (job is null || (job.Status == JobStatus.Pending ? _run <= job.StartedAt : _run < job.StartedAt))
            return "";
        var rest = _text.ToString(_given, _text.Length - _given);
        _given = _text.Length;
        return rest;
    }
}
