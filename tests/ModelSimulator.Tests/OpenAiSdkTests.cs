using System.ClientModel;
using System.Diagnostics.CodeAnalysis;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>The official client must find nothing to complain about.</summary>
public sealed class OpenAiSdkTests
{
    const string Answer = "This is a simulated answer from ModelSimulator. You said: Hello there";

    [Fact]
    public async Task The_sdk_reads_a_whole_answer()
    {
        await using var server = await StartAsync();
        ChatCompletion answer = await Chat(server).CompleteChatAsync([new UserChatMessage("Hello there")], new ChatCompletionOptions(), Cancelled);
        Assert.Equal((Answer, ChatFinishReason.Stop, 19), (answer.Content[0].Text, answer.FinishReason, answer.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task The_sdk_reads_a_stream_with_usage()
    {
        await using var server = await StartAsync();
        var text = "";
        var tokens = 0;
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hello there")], new ChatCompletionOptions(), Cancelled))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            tokens = update.Usage?.TotalTokenCount ?? tokens;
        }

        Assert.Equal((Answer, 19), (text, tokens));
    }

    [Fact]
    [Experimental("OPENAI001")]
    public async Task The_sdk_reads_a_response_and_its_stream()
    {
        await using var server = await StartAsync();
        var client = Client(server).GetResponsesClient();
        ResponseResult answer = await client.CreateResponseAsync("qwen2.5-14b", "Hello there", cancellationToken: Cancelled);
        Assert.Equal((Answer, ResponseStatus.Completed, 19), (answer.GetOutputText(), answer.Status, answer.Usage.TotalTokenCount));

        var text = "";
        ResponseResult? whole = null;
        await foreach (var update in await client.CreateResponseStreamingAsync("qwen2.5-14b", "Hello there", cancellationToken: Cancelled))
        {
            text += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
            whole = update is StreamingResponseCompletedUpdate completed ? completed.Response : whole;
        }

        Assert.Equal((Answer, Answer), (text, whole?.GetOutputText()));
    }

    [Fact]
    public async Task The_sdk_reads_a_transcription()
    {
        await using var server = await StartAsync();
        using var audio = new MemoryStream(Wav.Sample());
        var answer = await Client(server).GetAudioClient("mistralai/Voxtral-Small-24B-2507").TranscribeAudioAsync(audio, "call.wav", null, Cancelled);
        Assert.Equal("Simulated transcript of 3.7 seconds of audio.", answer.Value.Text);
    }

    [Fact]
    public async Task The_sdk_finds_the_models()
    {
        await using var server = await StartAsync();
        var models = await Client(server).GetOpenAIModelClient().GetModelsAsync(Cancelled);
        Assert.Equal(["qwen2.5-14b", "mistralai/Voxtral-Small-24B-2507", "BAAI/bge-m3"], models.Value.Select(model => model.Id));
    }

    static ChatClient Chat(SimulatorServer server) => Client(server).GetChatClient("qwen2.5-14b");

    static OpenAIClient Client(SimulatorServer server) =>
        new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "/v1") });
}
