using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>What the API refuses, as the client tells it.</summary>
public sealed class ErrorTests(UnservedApi api, Stores stores) : IClassFixture<UnservedApi>
{
    readonly AiPlatformClient _client = api.Client;

    [Fact]
    public async Task What_is_not_there_is_told_as_such()
    {
        var id = Guid.NewGuid();
        var failure = await FailsAsync(() => _client.GetAsync(id, Ct), ErrorCodes.NotFound, 404);
        Assert.Equal((null, false, $"There is no job {id}."), (failure.RetryAfter, failure.IsTransient, failure.Detail));
        Assert.Equal($"GET /api/v1/jobs/{id} was answered 404 not_found: There is no job {id}.", failure.Message);
        Assert.Matches("^[0-9a-f]{32}$", failure.TraceId);
        await FailsAsync(() => _client.WaitAsync(id, TimeSpan.FromSeconds(5), Ct), ErrorCodes.NotFound, 404);
        await FailsAsync(() => _client.CancelAsync(id, Ct), ErrorCodes.NotFound, 404);
        await FailsAsync(() => _client.RetryAsync(id, Ct), ErrorCodes.NotFound, 404);
        await FailsAsync(() => _client.GetTranscriptAsync(id, Ct), ErrorCodes.NotFound, 404);
    }

    [Fact]
    public async Task Each_wrong_field_is_told_with_what_is_allowed()
    {
        var failure = await FailsAsync(
            () => _client.SubmitAsync(new CreateJob { OwnerService = "a\nb", Priority = JobPriority.Low, MaxAttempts = 1000, ResultTtl = "soon", Input = JsonElement.Parse("1") }, Ct),
            ErrorCodes.Invalid, 422);
        Assert.Equal(["max_attempts", "owner_service", "task_type"], failure.Errors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["is required."], failure.Errors["task_type"]);

        var many = await FailsAsync(() => _client.SubmitManyAsync([Job("a"), new CreateJob { TaskType = "b" }], null, Ct), ErrorCodes.Invalid, 422);
        Assert.Equal(["jobs[1].input", "jobs[1].owner_service"], many.Errors.Keys.Order(StringComparer.Ordinal));
        var chat = await FailsAsync(() => _client.ChatAsync(new ChatCall { User = " " }, cancellationToken: Ct), ErrorCodes.Invalid, 422);
        Assert.Equal(["must not be empty."], chat.Errors["user"]);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_told_as_such()
    {
        var text = JsonSerializer.SerializeToElement(new string('x', 9 * 1024 * 1024));
        await FailsAsync(() => _client.SubmitAsync(Job("large") with { Input = text }, Ct), ErrorCodes.TooLarge, 413);
        // Letters beyond ASCII are sent as they are: two bytes and not six.
        var cyrillic = JsonSerializer.SerializeToElement(new string('ж', 3 * 1024 * 1024));
        var job = await _client.SubmitAsync(Job("large") with { Input = cyrillic }, Ct);
        Assert.Equal(3 * 1024 * 1024, (await _client.GetAsync(job.Id, Ct)).Input!.Value.GetString()!.Length);
    }

    [Fact]
    public async Task An_upload_that_is_far_too_large_is_refused_before_it_is_sent()
    {
        await using var small = await StartAsync(stores, await NewSchemaAsync(stores), 0, ("AUDIO_UPLOAD_MAX_MB", "1"), ("AUDIO_UPLOAD_QUOTA_MB", "1"));
        using var client = new AiPlatformClient(Options(AddressOf(small)));
        // So far over the limit that the service would not read it to its end.
        using var large = new MemoryStream(new byte[96 * 1024 * 1024]);
        await FailsAsync(() => client.UploadAudioAsync(large, cancellationToken: Ct), ErrorCodes.TooLarge, 413);
        Assert.Equal(0, large.Position);

        using var fits = new MemoryStream(new byte[1024 * 1024]);
        Assert.Equal(fits.Length, (await client.UploadAudioAsync(fits, cancellationToken: Ct)).Bytes);
        fits.Position = 0;
        await FailsAsync(() => client.UploadAudioAsync(fits, cancellationToken: Ct), ErrorCodes.OverQuota, 429);
    }

    [Fact]
    public async Task A_limit_that_is_reached_is_told_with_the_time_to_ask_again()
    {
        var name = $"limited-{Guid.NewGuid():N}";
        using var make = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/admin/callers", UriKind.Relative)) { Headers = { Authorization = new("Bearer", Token) } };
        make.Content = new StringContent(
            $$"""{"name":"{{name}}","roles":["submit","read"],"owner_services":["{{name}}"],"most_waiting":2}""", Encoding.UTF8, "application/json");
        using var made = await api.Process.Http.SendAsync(make, Ct);
        var token = JsonElement.Parse(await made.Content.ReadAsStringAsync(Ct)).GetProperty("token").GetString()!;
        using var client = new AiPlatformClient(Options(api.Address, options => (options.Token, options.RetryFor) = (token, TimeSpan.FromSeconds(1))));
        var job = Job("limited") with { OwnerService = name };
        await client.SubmitManyAsync([job, job], null, Ct);
        var failure = await FailsAsync(() => client.SubmitAsync(job, Ct), ErrorCodes.OverLimit, 429);
        Assert.Equal((TimeSpan.FromSeconds(5), true), (failure.RetryAfter, failure.IsTransient));
        Assert.Contains("most_waiting", failure.Detail, StringComparison.Ordinal);
        Assert.Equal(2, (await client.StatsAsync(Ct)).ByOwnerService.Single().Pending);
    }

    [Fact]
    public async Task A_submission_while_Postgres_is_away_waits_for_it()
    {
        var schema = await NewSchemaAsync(stores);
        var database = new Npgsql.NpgsqlConnectionStringBuilder(stores.ConnectionString) { SearchPath = schema, MaxPoolSize = 10, CommandTimeout = 1 };
        await using var proxy = TcpProxy.Start(database.Host!, database.Port);
        (database.Host, database.Port) = ("127.0.0.1", proxy.Port);
        await using var away = await StartAsync(stores, schema, 0, ("ConnectionStrings__jobs", database.ConnectionString));
        using var impatient = new AiPlatformClient(Options(AddressOf(away), options => options.RetryFor = TimeSpan.Zero));
        using var patient = new AiPlatformClient(Options(AddressOf(away), options => options.RetryFor = TimeSpan.FromMinutes(2)));
        proxy.Silence();
        var failure = await FailsAsync(() => impatient.SubmitAsync(Job("away"), Ct), ErrorCodes.StoreUnavailable, 503);
        Assert.Equal((TimeSpan.FromSeconds(5), true), (failure.RetryAfter, failure.IsTransient));
        var submitting = patient.SubmitAsync(Job("patient"), Ct);
        proxy.Cut();
        Assert.Equal((await submitting).Id, Assert.Single(await patient.ListAsync(new JobFilter { TaskType = "patient" }, cancellationToken: Ct).ToListAsync(Ct)).Id);
    }
}
