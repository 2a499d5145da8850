using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.ServiceDefaults.Http;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Infra;

/// <summary>Asks the sidecars. It is never an error when one does not answer: the answer says so.</summary>
sealed class SidecarClient : IDisposable
{
    // A status has 7, and in the report it lies 2 deeper.
    const int MostLevels = 32;

    readonly HttpClient _http;
    readonly TimeSpan _timeout;
    readonly SidecarTokens _tokens;
    readonly TimeProvider _time;

    public SidecarClient(IOptions<ApiOptions> options, TimeProvider time, ILogger<SidecarClient> logger)
    {
        _timeout = options.Value.SidecarTimeout;
        _tokens = new SidecarTokens(options.Value);
        _time = time;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        if (options.Value.SidecarAuthoritiesFile is { Length: > 0 } file)
        {
            var authorities = new TrustedAuthorities(file, "INFRA_SIDECAR_CA_FILE", logger);
            handler.SslOptions.CertificateChainPolicy = TrustedAuthorities.Offline();
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
                && shown is X509Certificate2 certificate && authorities.HaveSigned(certificate, chain, TrustedAuthorities.OfServers);
        }
        // The whole answer is buffered, so that the timeout covers the body too.
        _http = new HttpClient(handler)
        {
            Timeout = _timeout,
            MaxResponseContentBufferSize = Limits.MostBodyBytes,
        };
    }

    /// <param name="names">Of all sidecars, for which the file of tokens may have lines.</param>
    public async Task<SidecarAnswer> AskAsync(SidecarAddress sidecar, IReadOnlySet<string> names, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, sidecar.Status);
            if (await _tokens.OfAsync(sidecar.Name, names, cancellationToken) is { Length: > 0 } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                return Silent("It refused the token; INFRA_SIDECAR_TOKEN must be the same in both processes.");
            if (!response.IsSuccessStatusCode)
                return Silent($"It answered {(int)response.StatusCode}.");
            var status = await JsonSerializer.DeserializeAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), ContractsJson.Default.JsonElement, cancellationToken);
            if (status.ValueKind != JsonValueKind.Object)
                return Silent("It answered with something that is no status.");
            return CanBeTold(status)
                ? new SidecarAnswer(status, null, _time.GetTimestamp())
                : Silent("It answered with text that is not Unicode, or nested too deeply.");
        }
        catch (JsonException)
        {
            return Silent("It answered with something that is not JSON.");
        }
        catch (HttpRequestException fault)
        {
            return Silent($"It could not be asked: {fault.HttpRequestError}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Silent("INFRA_SIDECAR_TOKEN_FILE cannot be read.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Silent($"It did not answer within {_timeout.TotalSeconds:0.###} s (INFRA_SIDECAR_TIMEOUT).");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Half a surrogate pair is found only when text is written: it would spoil the report of all sidecars.</summary>
    static bool CanBeTold(JsonElement status)
    {
        try
        {
            using var writer = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions { MaxDepth = MostLevels });
            status.WriteTo(writer);
            return true;
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    SidecarAnswer Silent(string reason) => new(null, reason, _time.GetTimestamp());
}
