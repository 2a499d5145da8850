using System.Text.Json;
using AiPlatform.Api;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.Bench.Systems;

/// <summary>The real API in this process, with one more route that reads, checks and answers a job like the real one and stores nothing: what
/// the host itself costs.</summary>
static class ApiServer
{
    public static readonly Uri ParseRoute = new("/bench/parse", UriKind.Relative);

    public static async Task RunAsync(TextReader commands, TextWriter answers)
    {
        await using var app = ApiHost.Build(["--urls", "http://127.0.0.1:0"]);
        app.MapGroup("").AddEndpointFilter<RequestPartsFilter>().MapPost(ParseRoute.OriginalString, Parse);
        await app.StartAsync();
        await answers.WriteLineAsync(JsonSerializer.Serialize(new Answer(Address: new Uri(app.Urls.First())), WireJson.Default.Answer));
        // Ends with the bench, however that ends.
        await commands.ReadLineAsync();
        await app.StopAsync();
    }

    static Created<JobView> Parse(Body<CreateJob> body, IdempotencyKey key, NewJobs newJobs)
    {
        var errors = new InputErrors();
        var job = newJobs.From(body.Value with { IdempotencyKey = key.With(body.Value.IdempotencyKey, errors) }, Caller.Service, path: "", errors);
        return TypedResults.Created($"/api/v1/jobs/{job.Id}", job.AsCreated(DateTimeOffset.UnixEpoch));
    }
}
