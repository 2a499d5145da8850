using AiPlatform.Api.Audio;
using AiPlatform.Api.Chat;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Api.Uploads;
using AiPlatform.Contracts;
using AiPlatform.ServiceDefaults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Requests;

/// <summary>How long the requests of a route may take in all: <c>HTTP_REQUEST_TIMEOUT</c>, and what the route waits for by itself. A route that says nothing has the
/// first alone, one with a body in JSON (<see cref="Body{T}"/>) also the time for that.</summary>
static class RouteTimeouts
{
    /// <summary>A body in JSON.</summary>
    public const string Body = "body";

    /// <summary>A body, and the answer of a model.</summary>
    public const string Chat = "chat";

    /// <summary>A wait that the address asks for.</summary>
    public const string Wait = "wait";

    /// <summary>A body, and the wait that it asks for.</summary>
    public const string WaitInBody = "wait in body";

    /// <summary>A body, and changes of any number of jobs.</summary>
    public const string Bulk = "bulk";

    /// <summary>An upload of a file.</summary>
    public const string FileUpload = "file";

    /// <summary>An upload of audio.</summary>
    public const string AudioUpload = "audio";

    /// <summary>An upload of audio, and its transcription.</summary>
    public const string Transcription = "transcription";

    /// <summary>The answers of sidecars.</summary>
    public const string Sidecars = "sidecars";

    /// <summary>As timers go no further. No request takes as long.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    public static TRoute Within<TRoute>(this TRoute route, string time) where TRoute : IEndpointConventionBuilder
    {
        route.WithRequestTimeout(time);
        return route;
    }

    public static void AddRouteTimeouts(this IServiceCollection services) => services.AddRequestTimeouts()
        .AddOptions<RequestTimeoutOptions>().Configure<IOptions<ApiOptions>, IOptions<HttpLimitOptions>, IOptions<FileSettings>, IOptions<AudioSettings>, LateRequests>(
            (times, api, limits, files, audio, answers) => Fill(times, api.Value, limits.Value, files.Value, audio.Value, answers));

    static void Fill(RequestTimeoutOptions times, ApiOptions api, HttpLimitOptions limits, FileSettings files, AudioSettings audio, LateRequests answers)
    {
        times.DefaultPolicy = Policy(TimeSpan.Zero);
        Add(Body, api.BodyTimeout);
        Add(Chat, api.BodyTimeout + api.WaitFor(ChatProfiles.TaskType));
        Add(Wait, Limits.LongestWait);
        Add(WaitInBody, api.BodyTimeout + Limits.LongestWait);
        Add(Bulk, api.BodyTimeout + Limits.LongestBulk);
        Add(FileUpload, ToCome(files.MaxBytes, limits));
        Add(AudioUpload, ToCome(audio.MaxBytes, limits));
        Add(Transcription, ToCome(audio.MaxBytes, limits) + api.WaitFor(TranscriptionInputs.TaskTypes[0]));
        Add(Sidecars, api.SidecarTimeout);

        void Add(string name, TimeSpan? own) => times.AddPolicy(name, Policy(own));

        RequestTimeoutPolicy Policy(TimeSpan? own)
        {
            var time = own + api.RequestTimeout is { } all && all < Longest ? all : Longest;
            return new RequestTimeoutPolicy { Timeout = time, WriteTimeoutResponse = context => answers.LateAsync(context, time) };
        }
    }

    /// <summary>What an upload may take that is as large as it may be and as slow. Null where slowness has no limit.</summary>
    static TimeSpan? ToCome(long bytes, HttpLimitOptions limits) =>
        limits.MinBytesPerSecond == 0 ? null : limits.SlowGrace + TimeSpan.FromSeconds((bytes + UploadReader.Around + Limits.MostThrownAway) / (double)limits.MinBytesPerSecond);
}
