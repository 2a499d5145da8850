using AiPlatform.Api.Requests;

namespace AiPlatform.Api.Endpoints;

/// <param name="Format">Null where the Accept header is to say it.</param>
sealed record TranscriptQuery(string? Format) : IQuery<TranscriptQuery>
{
    public static IReadOnlyList<RequestParameter> Parameters { get; } =
        [new("format", "The form of the transcript; left out, the Accept header says it, else json.") { Allowed = [.. TranscriptForms.All.Select(form => form.Name)] }];

    public static TranscriptQuery Read(QueryReader query)
    {
        var format = query.Text("format", 16);
        if (format is not null && !TranscriptForms.All.Any(form => form.Name == format))
            query.Errors.Add("format", $"{Shown.Before($"'{format}'")}is not allowed; {Shown.Allowed(TranscriptForms.All.Select(form => form.Name))}");
        return new(format);
    }
}
