using AiPlatform.ModelSimulator.Audio;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Body of <c>POST /admin/transcripts</c>, and an entry of <c>GET /admin/transcripts</c>: what is heard in a clip, or in every one.</summary>
/// <param name="Sha256">Of the clip's samples, without header, in hex; none: any clip.</param>
/// <param name="Text">What is said. With segments and no text it is theirs.</param>
/// <param name="Segments">When and by whom.</param>
/// <param name="WordsPerSecond">In place of a text: "One two three.", so many words for each second of speech, a sentence for each stretch of it.</param>
/// <param name="Language">Such as <c>de</c>, for servers that tell it.</param>
/// <param name="Fault">Such as <c>status;code=400</c>: happens to the clip.</param>
/// <param name="Times">Requests it answers, then it is gone; 0: all until it is removed.</param>
sealed record TranscriptOrder(
    string? Sha256 = null,
    string? Text = null,
    IReadOnlyList<HeardSegment>? Segments = null,
    double? WordsPerSecond = null,
    string? Language = null,
    string? Fault = null,
    int Times = 0);
