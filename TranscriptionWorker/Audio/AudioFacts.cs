namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What a file is.</summary>
/// <param name="SampleRate">Frames a second of the file.</param>
/// <param name="Codec">As ffmpeg calls it: <c>pcm_s16le</c>, <c>pcm_mulaw</c>, <c>mp3</c> …</param>
/// <param name="Duration">Seconds.</param>
/// <param name="DualMono">Both channels hold the same; they are transcribed as one.</param>
/// <param name="SilentChannels">Channels on which next to nobody speaks; of a file with one or two of them.</param>
sealed record AudioFacts(int Channels, int SampleRate, string Codec, double Duration, bool DualMono, IReadOnlyList<int> SilentChannels);
