namespace AiPlatform.ModelSimulator.Faults;

/// <summary>What a faulty model server can do to a request. The README says how each looks to the client.</summary>
enum FaultKind
{
    /// <summary>Answers with an error status at once.</summary>
    Status,

    /// <summary>Takes the request and sends nothing, not even headers.</summary>
    Hang,

    /// <summary>Closes the connection before the headers.</summary>
    Reset,

    /// <summary>A late first token, slow tokens, or both.</summary>
    Slow,

    /// <summary>Stops giving tokens; the connection stays open.</summary>
    Stall,

    /// <summary>Closes the connection in the middle of the answer.</summary>
    Cut,

    /// <summary>One piece of the answer is not JSON.</summary>
    Malformed,

    /// <summary>A chunk more that is not JSON; the answer itself is whole.</summary>
    Garbage,

    /// <summary>An error in the middle of the stream; without a stream, status 500.</summary>
    Error,

    /// <summary>A complete stream without its last line, <c>[DONE]</c>.</summary>
    NoDone,

    /// <summary>A stream that ends cleanly in the middle: no finish reason, no <c>[DONE]</c>.</summary>
    Truncate,

    /// <summary>Status 200 with an error as the body.</summary>
    ErrorBody,

    /// <summary>Each byte is sent on its own.</summary>
    Trickle,

    /// <summary>The headers are sent byte by byte.</summary>
    SlowHeaders,

    /// <summary>The whole answer in one chunk.</summary>
    Huge,

    /// <summary>Ends at its limit of tokens, as though the request had set it.</summary>
    Length,

    /// <summary>Says its last words again and again, to the request's limit of tokens.</summary>
    Loop,

    /// <summary>Goes on generating after the client has left.</summary>
    IgnoreDisconnect,

    /// <summary>Each streamed token is a space and the time it was sent at, in ticks of the machine's monotonic clock
    /// (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, the same for all processes of a Linux machine), to see how long it is on its way.</summary>
    Clock
}
