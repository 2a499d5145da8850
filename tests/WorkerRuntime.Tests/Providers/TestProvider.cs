using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.WorkerRuntime.Tests.Providers;

sealed record TestProvider(string? ApiKey = null)
    : ModelProvider("gpu", new Uri("http://user:pass@gpu:8000/v1"), "GPU_BASE_URL", ApiKey, "GPU_API_KEY");
