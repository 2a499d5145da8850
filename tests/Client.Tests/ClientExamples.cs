using System.Text.Json;
using AiPlatform.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.Client.Tests;

/// <summary>The C# of docs/client.md, word for word.</summary>
static class ClientExamples
{
    public static async Task RunAsync(string api, string token)
    {
        using var client = new AiPlatformClient(new() { BaseAddress = new Uri(api), Token = token });
        await ChatAsync(client);
        await JobsAsync(client);
        await AudioAsync(client);
        await FailAsync(client);
        await client.SubmitAsync(new() { OwnerService = "telephony", TaskType = "my_task", Input = JsonSerializer.SerializeToElement(1) });
        await WorkAsync(api, token);
    }

    public static void AddTo(HostApplicationBuilder builder, string api, string tokenFile)
    {
        builder.Services.AddAiPlatformClient(options =>
        {
            options.BaseAddress = new Uri(api);
            options.TokenProvider = async cancellationToken => (await File.ReadAllTextAsync(tokenFile, cancellationToken)).Trim();
        });
    }

    static async Task ChatAsync(AiPlatformClient client)
    {
        var answer = await client.ChatAsync(new() { System = "Be brief.", User = "Say hello." });
        Console.WriteLine(answer.Content);

        await foreach (var update in client.ChatStreamAsync(new() { User = "Say hello." }))
            Console.Write(update.IsRestart ? $"\n{update.Text}" : update.Text);
    }

    static async Task JobsAsync(AiPlatformClient client)
    {
        var job = await client.SubmitAsync(new()
        {
            OwnerService = "telephony",
            OwnerRef = "beeline/8123",
            TaskType = "call_analysis",
            Priority = JobPriority.High,
            Input = JsonSerializer.SerializeToElement(new { system = "You rate calls.", user = "Customer: my line is dead." }),
        });
        var ended = await client.WaitAsync(job.Id, TimeSpan.FromMinutes(5));
        Console.WriteLine(ended.Status == JobStatus.Completed ? ended.Result?.GetProperty("content").GetString() : ended.Error?.Message);

        var calls = Enumerable.Range(1, 1_000).Select(call => new CreateJob { OwnerRef = $"call/{call}" }).ToList();
        await client.SubmitManyAsync(calls, defaults: new()
        {
            OwnerService = "telephony",
            TaskType = "archive",
            Priority = JobPriority.Low,
            Input = JsonSerializer.SerializeToElement(new { }),
        });

        await foreach (var waiting in client.ListAsync(new() { TaskType = "archive", OwnerRef = "call/7" }))
            Console.WriteLine($"{waiting.OwnerRef} is {waiting.Status} since {waiting.CreatedAt:t}");

        Console.WriteLine(await client.CancelManyAsync(new() { TaskType = "archive" }));

        await foreach (var happened in client.EventsAsync(job.Id))
            Console.WriteLine($"{happened.Id} {happened.Type}: {happened.Data}");
    }

    static async Task AudioAsync(AiPlatformClient client)
    {
        await using var file = File.OpenRead("call.wav");
        var audio = await client.UploadAudioAsync(file, "call.wav", ownerService: "telephony");
        var transcription = await client.SubmitAsync(new()
        {
            OwnerService = "telephony",
            TaskType = "transcription",
            Input = JsonSerializer.SerializeToElement(new { audio_ref = audio.AudioRef, language = "en" }),
        });
        await client.WaitAsync(transcription.Id, TimeSpan.FromMinutes(30));
        Console.WriteLine(await client.GetTranscriptAsync(transcription.Id, TranscriptFormat.Srt));
    }

    static async Task FailAsync(AiPlatformClient client)
    {
        try
        {
            await client.SubmitAsync(new() { OwnerService = "telephony", TaskType = "", Input = JsonSerializer.SerializeToElement(1) });
        }
        catch (AiPlatformException failure) when (failure.Code == ErrorCodes.Invalid)
        {
            foreach (var (field, faults) in failure.Errors)
                Console.WriteLine($"{field} {string.Join(' ', faults)}");
        }
    }

    static async Task WorkAsync(string api, string token)
    {
        using var worker = new WorkerClient(new() { BaseAddress = new Uri(api), Token = token });
        foreach (var claimed in await worker.ClaimAsync(new() { WorkerId = "me", TaskTypes = ["my_task"], Wait = "20s" }))
        {
            var heartbeat = await worker.HeartbeatAsync(claimed, JsonSerializer.SerializeToElement(new { percent = 50 }));
            if (!heartbeat.CancelRequested)
                await worker.CompleteAsync(claimed, JsonSerializer.SerializeToElement(new { done = true }));
        }
    }
}
