using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>A simulator on a free port of this machine, without latency unless a test asks for it.</summary>
sealed class SimulatorServer : IAsyncDisposable
{
    static readonly string[] Quiet =
        ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", "--SIMULATOR_FIRST_TOKEN_MS=0", "--SIMULATOR_INTER_TOKEN_MS=0"];

    readonly WebApplication app;

    SimulatorServer(WebApplication app)
    {
        this.app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        // A response that is disposed early closes its connection at once, instead of reading on for two seconds to reuse it.
        Http = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public Uri Address { get; }

    public HttpClient Http { get; }

    public static async Task<SimulatorServer> StartAsync(params string[] settings)
    {
        var app = SimulatorApp.Build([.. Quiet, .. settings.Select(setting => "--" + setting)]);
        await app.StartAsync(Cancelled);
        return new SimulatorServer(app);
    }

    public Task StopAsync() => app.StopAsync(Cancelled);

    public Task<HttpResponseMessage> ChatAsync(string json, string? fault = null) => ChatUntilAsync(json, fault, Cancelled);

    public async Task<HttpResponseMessage> ChatUntilAsync(string json, string? fault, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (fault is not null)
            request.Headers.Add("X-Simulator-Fault", fault);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async Task<JsonElement> ChatAnswerAsync(string json, string? fault = null)
    {
        using var response = await ChatAsync(json, fault);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancelled)}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }

    public Task<HttpResponseMessage> TranscribeAsync(byte[] audio, params (string Name, string Value)[] fields) =>
        SendAudioAsync("/v1/audio/transcriptions", "file", audio, fields);

    /// <param name="file">The name of the field that holds the audio.</param>
    public async Task<HttpResponseMessage> SendAudioAsync(string path, string file, byte[] audio, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(audio), file, "audio.wav" } };
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return await Http.PostAsync(path, form, Cancelled);
    }

    /// <summary>Says what is heard.</summary>
    public async Task OrderAsync(object transcript)
    {
        using var response = await Http.PostAsJsonAsync("/admin/transcripts", transcript, Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    public async Task ArmAsync(string fault, int times = 1, string? path = null, string? model = null)
    {
        using var response = await Http.PostAsJsonAsync("/admin/faults", new { fault, times, path, model }, Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    /// <summary>Changes settings of the running server; answers all that can change.</summary>
    public async Task<JsonElement> ConfigureAsync(object changes)
    {
        using var response = await Http.PostAsJsonAsync("/admin/config", changes, Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }

    /// <summary>The request log, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> RequestsAsync()
    {
        var list = await Http.GetFromJsonAsync<JsonElement>("/admin/requests", Cancelled);
        return [.. list.GetProperty("requests").EnumerateArray()];
    }

    /// <summary>One sample of the metrics page: the line whose name is this and whose labels contain that.</summary>
    public async Task<double> MetricAsync(string name, string label = "qwen2.5-14b")
    {
        var page = await Http.GetStringAsync("/metrics", Cancelled);
        var line = page.Split('\n').Single(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }
}
