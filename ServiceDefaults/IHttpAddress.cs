namespace AiPlatform.ServiceDefaults;

/// <summary>Where a process listens when neither <c>ASPNETCORE_URLS</c> nor <c>--urls</c> says so.</summary>
public interface IHttpAddress
{
    /// <summary>The environment variable behind <see cref="Host"/>.</summary>
    static abstract string HostVariable { get; }

    /// <summary>The environment variable behind <see cref="Port"/>.</summary>
    static abstract string PortVariable { get; }

    /// <summary>An IP address, <c>localhost</c>, or <c>*</c> for all.</summary>
    string Host { get; }

    /// <summary>A TCP port; 0 takes a free one.</summary>
    int Port { get; }
}
