namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What of a clip a provider would not take, where asking otherwise may help.</summary>
enum ClipRefusal
{
    None,

    /// <summary>Too many seconds or bytes: to be cut smaller.</summary>
    TooLong,

    /// <summary>It cannot be decoded: to be encoded anew, once.</summary>
    Undecodable,
}
