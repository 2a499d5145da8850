using System.Buffers;
using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Api.OpenAi;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.ServiceDefaults.Egress;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Audio;

/// <summary>Inputs of transcription jobs at their submission: what is wrong with them is told before there is a job, and audio of some size becomes a file, so
/// that the rows of jobs stay small.</summary>
sealed class AudioInputs(AudioFiles audio, JobQueue queue, IOptions<AudioSettings> settings)
{
    /// <summary>Of base64 that stays in the job.</summary>
    const int MostInlineCharacters = 256 * 1024;

    const string Base64Field = "audio_base64";
    const string RefField = "audio_ref";

    readonly AllowedHosts _allowed = new(settings.Value.AllowedHosts);

    /// <summary>Notes what is wrong. Audio that is referred to is kept for as long as the jobs may need it.</summary>
    /// <param name="path">Where a job's input stands in the body; the same for jobs that share one, which is read once.</param>
    /// <returns>Those of jobs that are new: one that is known by its key is answered from what there is, whatever has become of its audio.</returns>
    public async Task<IReadOnlyList<AudioInput>> ReadAsync(
        JobScope scope, IReadOnlyList<NewJob> jobs, Func<int, string> path, InputErrors errors, CancellationToken cancellationToken)
    {
        List<AudioInput> inputs =
        [
            .. jobs.Index().Where(job => job.Item.TaskType is { } type && TranscriptionInputs.IsTranscription(type))
                .GroupBy(job => path(job.Index), job => job.Index)
                .Select(places => Read(jobs, places.Key, [.. places], errors)).OfType<AudioInput>(),
        ];
        if (!errors.Any)
            inputs = await NewAsync(scope, jobs, inputs, cancellationToken);
        var referred = inputs.Where(input => input.Value.AudioRef is not null).ToList();
        if (referred.Count == 0)
            return inputs;
        // Of a request that is refused anyway, nothing is kept.
        var there = errors.Any
            ? await ThereAsync(scope, referred.Select(input => Guid.Parse(input.Value.AudioRef!)).Distinct(), cancellationToken)
            : await audio.KeepForAsync(
                scope, [.. referred.SelectMany(input => input.Jobs.Select(job => (Guid.Parse(input.Value.AudioRef!), jobs[job].Id)))], cancellationToken);
        foreach (var missing in referred.ExceptBy(there, input => Guid.Parse(input.Value.AudioRef!)))
            errors.Add($"{missing.Path}.{RefField}", $"'{missing.Value.AudioRef}' names no audio that is here; it may have expired. POST /api/v1/audio keeps audio and answers a reference.");
        return inputs;
    }

    /// <summary>Keeps the audio that is too large for a job as files, and has the jobs refer to them.</summary>
    /// <returns>All jobs, in their order, and the files that were made; or why that cannot be.</returns>
    public async Task<(IReadOnlyList<NewJob> Jobs, IReadOnlyList<MovedAudio> Files, ProblemResult? Problem)> MoveAsync(
        JobScope scope, IReadOnlyList<NewJob> jobs, IReadOnlyList<AudioInput> inputs, CancellationToken cancellationToken)
    {
        List<MovedAudio> files = [];
        var moved = jobs.ToArray();
        foreach (var input in inputs.Where(input => input.Value.AudioBase64?.Length > MostInlineCharacters))
        {
            var first = jobs[input.Jobs[0]];
            // A file of one job goes with it.
            var id = input.Jobs.Count == 1 ? first.Id : Guid.CreateVersion7();
            Guid[] readers = [.. input.Jobs.Select(job => jobs[job].Id)];
            if (await audio.KeepAsync(scope, id, readers, first.OwnerService, Base64Field, Decode(input.Value.AudioBase64!), cancellationToken) is { } problem)
            {
                foreach (var file in files)
                    await audio.DropAsync(file.Id);
                return ([], [], problem);
            }
            files.Add(new(id, readers));
            var reference = Referring(first.Input, id);
            foreach (var job in input.Jobs)
                moved[job] = jobs[job] with { Input = reference, AsAsked = jobs[job].Input };
        }
        return (moved, files, null);
    }

    /// <summary>Removes files none of whose jobs was made: they were known by their keys, or refused.</summary>
    public async Task DropUnusedAsync(IReadOnlyList<MovedAudio> files, IReadOnlyList<SubmitOutcome> outcomes)
    {
        var made = outcomes.Where(outcome => outcome.Result == SubmitResult.Created).Select(outcome => outcome.Id).ToHashSet();
        foreach (var file in files.Where(file => !file.Jobs.Any(made.Contains)))
            await audio.DropAsync(file.Id);
    }

    /// <summary>Removes files of a submission that failed, none of whose jobs is there. Where it cannot be known whether they were stored, the files go by themselves
    /// soon, unless they were.</summary>
    public async Task DropUnmadeAsync(IReadOnlyList<MovedAudio> files, Exception failure)
    {
        if (failure is StoreUnavailableException)
            return;
        try
        {
            foreach (var file in files)
            {
                if (await queue.OutcomesAsync([.. file.Jobs], CancellationToken.None) is [])
                    await audio.DropAsync(file.Id);
            }
        }
        catch (StoreUnavailableException)
        {
        }
    }

    async Task<List<Guid>> ThereAsync(JobScope scope, IEnumerable<Guid> files, CancellationToken cancellationToken)
    {
        List<Guid> there = [];
        foreach (var file in files)
        {
            if (await audio.FindAsync(scope, file, cancellationToken) is not null)
                there.Add(file);
        }
        return there;
    }

    async Task<List<AudioInput>> NewAsync(JobScope scope, IReadOnlyList<NewJob> jobs, List<AudioInput> inputs, CancellationToken cancellationToken)
    {
        var known = await queue.WithTakenKeysAsync(scope, [.. inputs.SelectMany(input => input.Jobs).Select(job => jobs[job])], cancellationToken);
        return known.Count == 0 ? inputs : [.. inputs.Where(input => !input.Jobs.All(job => known.Contains(jobs[job].Id)))];
    }

    AudioInput? Read(IReadOnlyList<NewJob> jobs, string path, IReadOnlyList<int> places, InputErrors errors)
    {
        var input = TranscriptionInputs.Read(jobs[places[0]].Input, out var faults);
        foreach (var fault in faults)
            errors.Add(fault.Field == TranscriptionInputs.Whole ? path : $"{path}.{fault.Field}", fault.Message);
        if (input?.AudioUrl is { } url && UrlFault(url, errors) is { } refused)
            errors.Add($"{path}.audio_url", refused);
        if (input?.AudioBase64 is { } text && TranscriptionInputs.Base64Of(text).IsWhiteSpace())
            errors.Add($"{path}.{Base64Field}", "must not be empty.");
        return input is null ? null : new(path, input, places);
    }

    string? UrlFault(string text, InputErrors errors)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url))
            return "is not an absolute URL; http:// or https:// with a host is expected.";
        var fault = CallersUrl.Fault(url, _allowed, "AUDIO_URL_ALLOWED_HOSTS");
        if (fault is null && CallersUrl.IsPrivate(url) && !_allowed.Covers(url.IdnHost, url.Port))
            fault = $"leads to {url.IdnHost}, which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.";
        if (fault is not null)
            errors.Code = ErrorCodes.AudioUrlForbidden;
        return fault;
    }

    static byte[] Decode(string text)
    {
        var encoded = TranscriptionInputs.Base64Of(text);
        var bytes = new byte[(encoded.Length / 4L * 3) + 3];
        return Convert.TryFromBase64Chars(encoded, bytes, out var length)
            ? bytes[..length]
            : throw new InvalidOperationException("The base64 was found valid before.");
    }

    /// <summary>The input with a reference in place of its base64.</summary>
    static JsonElement Referring(JsonElement input, Guid id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, OpenAiJson.Writing))
        {
            json.WriteStartObject();
            foreach (var field in input.EnumerateObject())
            {
                if (field.Name == Base64Field)
                    json.WriteString(RefField, id);
                else if (field.Name != RefField)
                    json.WriteAsIs(field.Name, field.Value);
            }
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}

/// <summary>An input of one or several jobs of a submission.</summary>
/// <param name="Path">Where it stands in the body.</param>
/// <param name="Jobs">Their places in the submission.</param>
sealed record AudioInput(string Path, TranscriptionInput Value, IReadOnlyList<int> Jobs);

/// <summary>A file that was made of an input.</summary>
sealed record MovedAudio(Guid Id, IReadOnlyList<Guid> Jobs);
