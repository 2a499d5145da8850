using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Asks the container engine, by its socket or through a proxy, only ever with GET.</summary>
sealed class EngineClient : IDisposable
{
    const string VersionHeader = "Api-Version";

    // A list of 1000 containers takes about 2 MB.
    const int SizeLimit = 8 * 1_048_576;

    // The newest version whose fields are known to be the ones that are read here.
    static readonly Version Newest = new(1, 51);

    readonly EngineAddress _address;
    readonly PageClient _pages;

    // What engine and sidecar both speak, such as "v1.47/"; empty for what the engine takes by itself; null when it was not asked yet.
    string? _version;

    public EngineClient(EngineAddress address, TimeSpan timeout, TimeProvider time)
    {
        _address = address;
        var handler = PageClient.Handler();
        if (address.Socket is { } socket)
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(socket, cancellationToken);
        _pages = new PageClient(handler, timeout, SizeLimit, time, Show);
    }

    /// <summary>Agrees with the engine on a version, once; an engine that was replaced is asked again after <see cref="Forget"/>.</summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    public async Task<InfraError?> AgreeAsync(CancellationToken cancellationToken)
    {
        if (_version is not null)
            return null;
        var answer = await _pages.GetAsync(new Uri(_address.Root, "_ping"), cancellationToken);
        if (answer is not PageAnswer.Body body)
            return ErrorOf(answer);
        var header = body.Headers.TryGetValues(VersionHeader, out var values) ? values.FirstOrDefault() : null;
        _version = Version.TryParse(header, out var offered) ? $"v{(offered < Newest ? offered : Newest).ToString(2)}/" : "";
        return null;
    }

    public void Forget() => _version = null;

    /// <returns>Value and error are both null where there is no such container any more.</returns>
    public async Task<(T? Value, InfraError? Error)> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var address = new Uri(_address.Root, _version + path);
        switch (await _pages.GetAsync(address, cancellationToken))
        {
            case PageAnswer.Refused { Status: 404 }:
                return (null, null);
            case PageAnswer.Body body:
                try
                {
                    return JsonSerializer.Deserialize(body.Text, type) is { } value ? (value, null) : (null, Unreadable(address));
                }
                catch (JsonException)
                {
                    return (null, Unreadable(address));
                }
            case var answer:
                return (null, ErrorOf(answer));
        }
    }

    public void Dispose() => _pages.Dispose();

    static InfraError ErrorOf(PageAnswer answer) => answer switch
    {
        PageAnswer.Refused refused => refused.Error,
        PageAnswer.Failed failed => failed.Error,
        _ => throw new UnreachableException(),
    };

    InfraError Unreadable(Uri address) => new("unreadable", $"{Show(address)} is not the JSON that a container engine answers.");

    string Show(Uri address) => _address.Socket is { } socket ? socket + ":" + address.AbsolutePath : address.GetLeftPart(UriPartial.Path);

    static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
