using System.ClientModel;
using AiPlatform.Testing;
using OpenAI;

namespace AiPlatform.Api.Tests.OpenAi;

public sealed class ModelTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_models_are_the_profiles_that_workers_serve()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w1", ["default", "org/qwen"], ChatTests.Provider(configured: true));
        await api.ReportAsync("w2", ["org/qwen", "large"], ChatTests.Provider(configured: true));
        var client = new OpenAIClient(new ApiKeyCredential("none"), OpenAiCalls.Options(api)).GetOpenAIModelClient();
        var models = await client.GetModelsAsync(Ct);
        Assert.Equal(["default", "large", "org/qwen"], models.Value.Select(model => model.Id));
        Assert.All(models.Value, model => Assert.Equal("aiplatform", model.OwnedBy));

        Assert.Equal("org/qwen", (await client.GetModelAsync("org/qwen", Ct)).Value.Id);
        Assert.Equal("""{"id":"large","object":"model","created":0,"owned_by":"aiplatform"}""", (await api.GetAsync("/v1/models/large")).Text);
        (await api.GetAsync("/v1/models/gpt-9")).IsOpenAiError(
            404, "invalid_request_error", "model_not_found", "model", "No worker serves the profile 'gpt-9'; served: default, large, org/qwen.");
    }
}
