using System.Text;
using System.Text.Json;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Calls of files, by hand.</summary>
static class FileCalls
{
    public const string Files = "/v1/files";

    public static MultipartFormDataContent Form(byte[]? content, string? purpose = "batch", string name = "input.jsonl", params (string Name, string Value)[] more)
    {
        var form = new MultipartFormDataContent();
        if (purpose is not null)
            form.Add(new StringContent(purpose), "purpose");
        if (content is not null)
            form.Add(new ByteArrayContent(content), "file", name);
        foreach (var (field, value) in more)
            form.Add(new StringContent(value), field);
        return form;
    }

    public static async Task<JsonElement> UploadAsync(this RunningApi api, byte[] content, params (string Name, string Value)[] headers)
    {
        var answer = await api.SendAsync(HttpMethod.Post, Files, Form(content), headers);
        Assert.Equal((200, ""), (answer.Status, answer.Status == 200 ? "" : answer.Text));
        return answer.Json;
    }

    public static async Task<string> UploadAsync(this RunningApi api, params string[] lines) =>
        (await api.UploadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)))).Text("id");

    public static async Task<byte[]> ReadFileAsync(this HttpClient http, string id) =>
        await http.GetByteArrayAsync($"{Files}/{id}/content", TestContext.Current.CancellationToken);

    public static string Text(this JsonElement owner, string name) => owner.GetProperty(name).GetString()!;
}
