namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>What a job wants to know of its speakers.</summary>
/// <param name="NumSpeakers">1 to 8; null where the job does not say.</param>
/// <param name="ChannelRoles">Who is heard on each channel, such as <c>agent</c>; null for none.</param>
/// <param name="ChannelOffsets">Seconds after the start of the call at which each channel's recording began; null where they began together.</param>
sealed record SpeakerRequest(bool Diarize, int? NumSpeakers, IReadOnlyList<string>? ChannelRoles, IReadOnlyList<double>? ChannelOffsets);
