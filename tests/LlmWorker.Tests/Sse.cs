namespace AiPlatform.LlmWorker.Tests;

/// <summary>Pieces of a stream as vLLM sends it.</summary>
static class Sse
{
    public const string Done = "data: [DONE]\n\n";

    public static string Text(string text) => Delta($$"""{"content":"{{text}}"}""");

    public static string Delta(string delta) => Choice($$"""{"index":0,"delta":{{delta}},"finish_reason":null}""");

    public static string Finish(string reason = "stop") => Choice($$"""{"index":0,"delta":{},"finish_reason":"{{reason}}"}""");

    public static string Usage(int prompt, int completion) =>
        Data($$$"""{"id":"chatcmpl-1","model":"m1","choices":[],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}}}}""");

    public static string Data(string json) => $"data: {json}\n\n";

    static string Choice(string choice) => Data($$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m1","choices":[{{choice}}],"usage":null}""");
}
