using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

namespace AiPlatform.Api.Tests;

/// <summary>The C# of docs/api.md, word for word.</summary>
static class ApiExamples
{
    public static async Task AskAsync(string api, string token)
    {
        var client = new ChatClient("default", new ApiKeyCredential(token), new OpenAIClientOptions { Endpoint = new Uri($"{api}/v1") });
        ChatCompletion answer = await client.CompleteChatAsync("Say hello.");
        Console.WriteLine(answer.Content[0].Text);

        await foreach (var chunk in client.CompleteChatStreamingAsync("Say hello."))
            Console.Write(string.Concat(chunk.ContentUpdate.Select(part => part.Text)));
    }
}
