namespace AiPlatform.Client;

/// <summary>A form in which a transcript is read by people and players.</summary>
public enum TranscriptFormat
{
    /// <summary>Plain text, a line for each turn where speakers were told apart.</summary>
    Text,

    /// <summary>SubRip subtitles.</summary>
    Srt,

    /// <summary>WebVTT subtitles.</summary>
    Vtt,
}
