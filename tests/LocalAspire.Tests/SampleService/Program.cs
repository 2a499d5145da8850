using System.Collections;

// What the tests of LocalAspire need of a service: it tells its environment, can be unhealthy, slow or dead, and keeps a journal of its life.
if (Environment.GetEnvironmentVariable("SAMPLE_CRASH") is { } lastWords)
{
    Console.Error.WriteLine(lastWords);
    return 7;
}

var app = WebApplication.CreateBuilder(args).Build();
var requests = 0;

app.MapGet("/healthz", () => Results.Ok());
app.MapGet("/readyz", () => ++requests > app.Configuration.GetValue("SAMPLE_UNREADY_CHECKS", 0) ? Results.Ok() : Results.StatusCode(503));
app.MapGet("/environment", () => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value));
app.MapPost("/echo", (HttpRequest request) =>
{
    Journal($"echo {request.Headers.Authorization}");
    return Results.NoContent();
});
app.MapPost("/refuse", () => Results.StatusCode(409));

app.Lifetime.ApplicationStarted.Register(() => Journal("started"));
app.Lifetime.ApplicationStopped.Register(() => Journal("stopped"));
await app.RunAsync();
return 0;

void Journal(string entry)
{
    if (app.Configuration["SAMPLE_JOURNAL"] is { } file)
        File.AppendAllText(file, $"{app.Configuration["OTEL_SERVICE_NAME"]} {entry}\n");
}
