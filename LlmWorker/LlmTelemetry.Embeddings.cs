using System.Diagnostics;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker;

sealed partial class LlmTelemetry
{
    const string Embedding = "embeddings";

    public Activity? Start(Provider provider, EmbeddingRequest request) => Start(provider, Embedding, request.Input);

    public void End(Activity? span, Provider provider, EmbeddingCallResult result)
    {
        var answer = (result as EmbeddingCallResult.Answered)?.Answer;
        var tags = Tags(provider, Embedding, answer?.Model);
        RecordTokens("input", answer?.InputTokens, tags);
        if (result is EmbeddingCallResult.Failed { Failure: var failure })
        {
            errors.Add(1, new("provider", provider.Name), new("error.category", failure.Category));
            tags.Add("error.type", failure.Type);
            span?.SetTag("error.type", failure.Type).SetStatus(ActivityStatusCode.Error, failure.Category);
        }
        Record(duration, result.Duration, tags);
        span?.SetTag("gen_ai.response.model", answer?.Model)
            .SetTag("gen_ai.embeddings.dimension.count", answer?.Dimensions)
            .SetTag("gen_ai.usage.input_tokens", answer?.InputTokens);
    }
}
