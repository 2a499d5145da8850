using System.Diagnostics;
using System.Globalization;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>One of the answers that a request asked for (<c>n</c>), each a sequence of its own in the engine.</summary>
sealed class Choice(int index, AnswerText text, Sequence sequence, int limit)
{
    Task? more;

    public int Index => index;

    public AnswerText Text => text;

    /// <summary>Each streamed token is the time it is written at.</summary>
    public bool SaysTime { get; init; }

    public Sequence Sequence => sequence;

    public int Generated => sequence.Generated;

    public FinishReason Finish => sequence.Finish;

    /// <summary>Tokens after which the sender breaks the answer off.</summary>
    public int Limit => limit;

    public int Sent { get; set; }

    /// <summary>Nothing more will be sent of it, because it has ended or was broken off.</summary>
    public bool IsSent { get; set; }

    public bool Failed => Finish is FinishReason.Error or FinishReason.Abort;

    /// <summary>What a stream says of these tokens.</summary>
    public ReadOnlySpan<char> Streamed(Range tokens) =>
        SaysTime ? string.Create(CultureInfo.InvariantCulture, $" {Stopwatch.GetTimestamp()}") : text.Between(tokens);

    /// <summary>Completes when there is something to send; asked again before that, it is the same wait.</summary>
    public Task MoreAsync(CancellationToken cancellationToken) =>
        more is { IsCompleted: false } ? more : more = sequence.WaitBeyondAsync(Sent, cancellationToken);
}
