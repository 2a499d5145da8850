using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Status;

/// <summary>Asks the sidecar of the AI server. It is never an error when that does not answer: the answer says so.</summary>
sealed class SidecarClient(HttpClient http, IOptions<ApiOptions> options)
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    public static void Configure(HttpClient http)
    {
        // The whole answer is buffered, so that the timeout covers the body too.
        http.Timeout = Timeout;
        http.MaxResponseContentBufferSize = Limits.MostBodyBytes;
    }

    public async Task<InfraReport> ReportAsync(CancellationToken cancellationToken)
    {
        if (options.Value.SidecarUrl is not { } address)
            return new InfraReport { Configured = false, Available = false, Reason = "No sidecar is configured; INFRA_SIDECAR_URL names one." };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}/status");
            if (!string.IsNullOrEmpty(options.Value.SidecarToken))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.SidecarToken);
            using var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                return Unavailable("The sidecar refused the token; INFRA_SIDECAR_TOKEN must be the same in both processes.");
            if (!response.IsSuccessStatusCode)
                return Unavailable($"The sidecar answered {(int)response.StatusCode}.");
            var status = await JsonSerializer.DeserializeAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), ContractsJson.Default.JsonElement, cancellationToken);
            return new InfraReport { Configured = true, Available = true, Status = status };
        }
        catch (JsonException)
        {
            return Unavailable("The sidecar answered with something that is not JSON.");
        }
        catch (HttpRequestException fault)
        {
            return Unavailable($"The sidecar at {address.Host}:{address.Port} could not be asked: {fault.HttpRequestError}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unavailable($"The sidecar at {address.Host}:{address.Port} did not answer within {Timeout.TotalSeconds:0} s.");
        }
    }

    static InfraReport Unavailable(string reason) => new() { Configured = true, Available = false, Reason = reason };
}
