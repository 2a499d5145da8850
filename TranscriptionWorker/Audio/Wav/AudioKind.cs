namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>Names what a file that is not WAV seems to be, so that its sender knows what to change.</summary>
static class AudioKind
{
    const string Playlist = "a playlist";
    const string WebPage = "a web page or XML";
    const string Json = "JSON";

    /// <returns>The rest of a sentence that begins "The audio is".</returns>
    public static string Of(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'I', (byte)'D', (byte)'3', ..] => "MP3",
        [0xFF, var second, ..] when (second & 0xF6) == 0xF0 => "AAC",
        [0xFF, var second, ..] when (second & 0xE0) == 0xE0 => "MP3",
        _ when bytes.StartsWith("OggS"u8) => "Ogg",
        _ when bytes.StartsWith("fLaC"u8) => "FLAC",
        _ when bytes.StartsWith("#!AMR"u8) => "AMR",
        _ when bytes.StartsWith("FORM"u8) => "AIFF",
        _ when bytes.StartsWith("caff"u8) => "CAF",
        _ when bytes.StartsWith(".snd"u8) => "Sun audio (.au)",
        _ when bytes.StartsWith("RIFX"u8) => "big-endian WAV (RIFX)",
        _ when bytes.Length >= 8 && bytes[4..8].SequenceEqual("ftyp"u8) => "MP4 or M4A",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "WebM or Matroska",
        [0x30, 0x26, 0xB2, 0x75, ..] => "WMA",
        [0x1F, 0x8B, ..] => "compressed with gzip",
        _ when bytes.StartsWith("#EXTM3U"u8) => Playlist,
        _ when bytes.StartsWith("ffconcat"u8) => Playlist,
        _ when bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 => "a RIFF file that holds no WAV",
        _ when bytes.StartsWith("RIFF"u8) || bytes.StartsWith("RF64"u8) => $"a WAV file cut off after {bytes.Length} bytes",
        _ => OfText(bytes),
    };

    /// <summary>Whether it surely holds no sound, so that nobody need look further.</summary>
    public static bool IsNoAudio(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("RIFF"u8) || bytes.StartsWith("RF64"u8) || bytes is [0x1F, 0x8B, ..] || Of(bytes) is WebPage or Json or Playlist;

    // The usual mistake: a link to a page about the recording, or a store's error under a good status.
    static string OfText(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.TrimStart("\uFEFF \t\r\n"u8);
        return text switch
        {
            [(byte)'<', ..] => WebPage,
            [(byte)'{' or (byte)'[', ..] => Json,
            _ => "of no known format",
        };
    }
}
