using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>A container engine on a socket of its own, whose answers a test chooses and may change.</summary>
sealed class FakeEngine : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly string _folder;

    int _asked;

    FakeEngine(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Socket => Path.Combine(_folder, "docker.sock");

    /// <summary>The setting that makes the sidecar use it.</summary>
    public string Setting => $"CONTAINER_ENGINE=unix://{Socket}";

    /// <summary>What the engine says it speaks; null for an engine that does not say.</summary>
    public string? Version { get; set; } = "1.44";

    /// <summary>Answers by path without version and query.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Answers { get; } = [];

    /// <summary>Method, path and query of each request.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>How many questions about containers were under way at once at most.</summary>
    public int MostAtOnce { get; private set; }

    public static async Task<FakeEngine> StartAsync()
    {
        // Short: the path of a socket may have 108 characters.
        var folder = Directory.CreateTempSubdirectory("ce-").FullName;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Path.Combine(folder, "docker.sock")));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeEngine(app, folder);
        app.Run(fake.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return fake;
    }

    /// <summary>A container by what the engine says of it; <paramref name="stats"/> is null for one that does not run.</summary>
    public void Add(string id, string list, string details, string? stats)
    {
        _containers[id] = JsonNode.Parse(list)!;
        Answers[$"/containers/{id}/json"] = FakeVllm.Text(details);
        if (stats is not null)
            Answers[$"/containers/{id}/stats"] = FakeVllm.Text(stats);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    readonly ConcurrentDictionary<string, JsonNode> _containers = [];

    async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}{context.Request.QueryString}");
        if (path == "/_ping")
        {
            if (Version is not null)
                context.Response.Headers["Api-Version"] = Version;
            await context.Response.WriteAsync("OK", context.RequestAborted);
            return;
        }
        var name = path.StartsWith("/v1.", StringComparison.Ordinal) ? path[path.IndexOf('/', 1)..] : path;
        try
        {
            lock (_containers)
                MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _asked));
            if (Answers.TryGetValue(name, out var answer))
                await answer(context);
            else if (name == "/containers/json")
                await context.Response.WriteAsync(JsonSerializer.Serialize(_containers.Values), context.RequestAborted);
            else
                context.Response.StatusCode = 404;
        }
        finally
        {
            Interlocked.Decrement(ref _asked);
        }
    }
}
