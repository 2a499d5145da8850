using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>One call, as it came.</summary>
public sealed record ReceivedCall(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonElement.Parse(Body);

    public Guid JobId => Json.GetProperty("id").GetGuid();

    /// <summary>Verifies as the documentation tells receivers to, by none of the code that signs.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var content = $"{Headers["webhook-id"]}.{Headers["webhook-timestamp"]}.{Body}";
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)));
        return Headers["webhook-signature"].Split(' ').Contains(expected);
    }
}

/// <summary>A caller's server that receives callbacks.</summary>
public sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<ReceivedCall> _calls = new();

    Receiver(Func<int, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
            _calls.Enqueue(new ReceivedCall(context.Request.Path + context.Request.QueryString, headers, await reader.ReadToEndAsync()));
            await answer(_calls.Count, context);
        });
    }

    public IReadOnlyList<ReceivedCall> Calls => [.. _calls];

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <param name="host">Has to lead to this machine.</param>
    public string Url(string host = "127.0.0.1") => $"http://{host}:{Port}/done?key=a-secret-of-the-receiver";

    /// <summary>Answers the first call with the first status, the second with the second; the last one holds for all that follow.</summary>
    public static Task<Receiver> AnsweringAsync(params int[] statuses) => StartAsync((call, context) =>
    {
        context.Response.StatusCode = statuses[Math.Min(call, statuses.Length) - 1];
        return Task.CompletedTask;
    });

    /// <param name="answer">Given the number of the call, from 1.</param>
    public static async Task<Receiver> StartAsync(Func<int, HttpContext, Task> answer)
    {
        var receiver = new Receiver(answer);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        // Calls that hang on purpose are not waited for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
