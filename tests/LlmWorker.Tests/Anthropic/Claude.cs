using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Tests.Anthropic;

/// <summary>Calls to a server that speaks Anthropic's protocol, and the events of its answers as its API sends them.</summary>
static class Claude
{
    public static readonly string Start = Event("message_start",
        """{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-x-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"cache_creation_input_tokens":2,"cache_read_input_tokens":30,"output_tokens":1}}}""");

    public static readonly string Stop = Event("message_stop", """{"type":"message_stop"}""");

    public static readonly string Ping = Event("ping", """{"type":"ping"}""");

    public static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";

    public static string Block(int index, string block) =>
        Event("content_block_start", $$"""{"type":"content_block_start","index":{{index}},"content_block":{{block}}}""");

    public static string Delta(int index, string delta) =>
        Event("content_block_delta", $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""");

    public static string BlockEnd(int index) => Event("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

    public static string Text(string text, int index = 0) => Delta(index, $$"""{"type":"text_delta","text":"{{text}}"}""");

    public static string Answer(string text) => Start + Block(0, """{"type":"text","text":""}""") + Text(text) + BlockEnd(0) + End() + Stop;

    public static string End(string reason = "end_turn", int tokens = 15) => Event(
        "message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{reason}}}","stop_sequence":null},"usage":{"output_tokens":{{{tokens}}}}}""");

    public static Provider Provider(Uri server) => new("claude", new Uri(server, "/v1"), "providers.claude.base_url", "sk-ant-1", "CLAUDE_KEY", "claude-x")
    {
        Kind = ProviderKind.Anthropic,
        Limits = ChatLimits.Of(new LlmOptions()),
    };

    public static Task<ChatCallResult> AskAsync(Uri server, string input = Call.Hello, Action<string>? onText = null) =>
        Call.OfAsync(Provider(server), input, onText);
}
