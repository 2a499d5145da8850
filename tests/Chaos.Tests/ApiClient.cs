using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AiPlatform.Chaos.Tests;

/// <summary>Calls to one API process as a careful client makes them: a lost answer is an outcome, not an exception.</summary>
sealed class ApiClient(ChaosProcess api, History history) : IDisposable
{
    static readonly TimeSpan Away = TimeSpan.FromMilliseconds(200);

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3) }) { Timeout = Timeout.InfiniteTimeSpan };

    public string Name => api.Name;

    /// <summary>The status and, for 2xx, the body; a null status means that no answer was read.</summary>
    public async Task<(int? Status, T? Body)> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class
    {
        using var content = JsonContent.Create(body, bodyType);
        return await SendAsync(path, content, answerType, ct);
    }

    public Task<(int? Status, T? Body)> PostAsync<T>(string path, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class => SendAsync(path, null, answerType, ct);

    public void Dispose() => _http.Dispose();

    async Task<(int? Status, T? Body)> SendAsync<T>(string path, HttpContent? content, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class
    {
        if (api.Address is not { } address)
        {
            await Task.Delay(Away, ct);
            return (null, null);
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using var response = await _http.PostAsync(new Uri(address, path), content, limit.Token);
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                return (status, await response.Content.ReadFromJsonAsync(answerType, limit.Token));
            }
            if (status is not (404 or 409 or 503))
            {
                history.Defects.Enqueue($"{api.Name} answered {status} to POST {path}: {await response.Content.ReadAsStringAsync(limit.Token)}");
            }
            return (status, null);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or JsonException
            || (lost is OperationCanceledException && !ct.IsCancellationRequested))
        {
            await Task.Delay(Away, ct);
            return (null, null);
        }
    }
}
