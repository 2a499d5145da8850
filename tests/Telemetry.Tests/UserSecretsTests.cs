using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Telemetry.Tests;

/// <summary>.NET user secrets: read by each process as its own, and in Development alone.</summary>
public sealed class UserSecretsTests(PlantedSystem planted) : IClassFixture<PlantedSystem>, IDisposable
{
    /// <summary>Stands for the folder that user secrets are kept in.</summary>
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("user-secrets-");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Processes => [.. PlantedSystem.Processes];

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task Every_secret_may_stand_there_in_Development_and_is_not_seen_in_Production(string process)
    {
        var secrets = PlantedSystem.SecretsOf(process).Where(secret => !PlantedSystem.HasFileOfItsOwn(process, secret)).ToArray();
        Write(process, secrets.ToDictionary(secret => secret, PlantedSystem.Word));
        // Each is given by a file as well, and both at once are refused.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var both = await StartAsync(process, "Development");
        });
        Assert.All(secrets, secret => Assert.Contains($"{secret} and {secret}_FILE are both set", refused.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(PlantedSystem.Mark, refused.Message, StringComparison.Ordinal);

        await using var started = await StartAsync(process, "Production");
    }

    [Fact]
    public async Task The_token_of_the_API_is_asked_for_in_Development_alone()
    {
        Write("Api", new() { ["AI_SERVICE_TOKEN"] = PlantedSystem.Word("user-secret") });
        await using (var development = await StartAsync("Api", "Development", ("AI_SERVICE_TOKEN_FILE", null)))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(development, token: null));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(development, PlantedSystem.Word("AI_SERVICE_TOKEN")));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(development, PlantedSystem.Word("user-secret")));
        }
        await using var production = await StartAsync("Api", "Production");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(production, PlantedSystem.Word("user-secret")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(production, PlantedSystem.Word("AI_SERVICE_TOKEN")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    void Write(string process, Dictionary<string, string> secrets)
    {
        var own = _folder.CreateSubdirectory($"Microsoft/UserSecrets/AiPlatform.{process}");
        File.WriteAllText(Path.Combine(own.FullName, "secrets.json"), JsonSerializer.Serialize(secrets));
    }

    Task<ServiceProcess> StartAsync(string process, string environment, params (string, string?)[] more) => ServiceProcess.StartAsync(
        process, planted.Environment(process, [("DOTNET_ENVIRONMENT", environment), ("APPDATA", _folder.FullName), .. more]), Ct);

    static async Task<HttpStatusCode> StatusAsync(ServiceProcess api, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/stats", UriKind.Relative));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await api.Http.SendAsync(request, Ct);
        return response.StatusCode;
    }
}
