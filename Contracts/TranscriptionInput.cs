namespace AiPlatform.Contracts;

/// <summary>The input of a transcription job, as <see cref="TranscriptionInputs"/> has read it. Of the three that name the audio one is given.</summary>
public sealed record TranscriptionInput
{
    /// <summary>Where the audio is: http or https, public unless <c>AUDIO_URL_ALLOWED_HOSTS</c> says otherwise.</summary>
    public string? AudioUrl { get; init; }

    /// <summary>The audio itself, with or without <c>data:audio/wav;base64,</c> before it.</summary>
    public string? AudioBase64 { get; init; }

    /// <summary>Audio that was uploaded to <c>/api/v1/audio</c>: a UUID, the id of its file in the store.</summary>
    public string? AudioRef { get; init; }

    /// <summary>The language spoken as its code alone: <c>en</c> of <c>en-US</c>. Null, as of <c>auto</c>, lets the model find out.</summary>
    public string? Language { get; init; }

    /// <summary>Names and words that help the model; in place of AUDIO_LLM_PROMPT. At most 4000 characters.</summary>
    public string? Prompt { get; init; }

    /// <summary>Sampling temperature, 0 to 1; null leaves it to the server.</summary>
    public double? Temperature { get; init; }

    /// <summary>Whether speakers are told apart.</summary>
    /// <value>Default true.</value>
    public bool Diarize { get; init; } = true;

    /// <summary>How many speakers there are, 1 to 8; null where that is not known.</summary>
    public int? NumSpeakers { get; init; }

    /// <summary>Who speaks on each channel, such as <c>agent</c> and <c>customer</c>; at most 8 words of 64 characters.</summary>
    public IReadOnlyList<string>? ChannelRoles { get; init; }

    /// <summary>Milliseconds by which each channel began later than the call; at most 8 whole numbers from -3,600,000 to 3,600,000.</summary>
    public IReadOnlyList<int>? ChannelOffsetsMs { get; init; }

    /// <summary>The longest piece that is sent to a model, in seconds: 5 to 600; null for the worker's own choice.</summary>
    public double? ChunkSeconds { get; init; }

    /// <summary>The provider that must do it; null for the profile's own choice. At most 64 characters.</summary>
    public string? Provider { get; init; }

    /// <summary>Whether the job fails where a part of the audio cannot be transcribed, instead of leaving a gap.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether gaps stand among the segments.</summary>
    public bool IncludeGaps { get; init; }
}

/// <summary>What is wrong with an input.</summary>
/// <param name="Field">Such as <c>language</c> or <c>channel_roles[1]</c>; <c>input</c> of the input itself.</param>
/// <param name="Message">The end of a sentence that begins with the field.</param>
public readonly record struct InputFault(string Field, string Message);
