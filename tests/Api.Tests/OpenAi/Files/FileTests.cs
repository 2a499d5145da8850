using System.Net.Http.Headers;
using System.Text;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.OpenAi;

public sealed class FileTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_of_several_parts_reads_back_as_it_was_sent()
    {
        var content = new byte[(3 * 1024 * 1024) + 17];
        new Random(1).NextBytes(content);
        var file = await _api.UploadAsync(content);

        Assert.Equal(content, await _api.Http.ReadFileAsync(file.Text("id")));
        Assert.Equal(
            ("file", content.Length, "input.jsonl", "batch", "processed", 30 * 24 * 3600),
            (file.Text("object"), file.GetProperty("bytes").GetInt32(), file.Text("filename"), file.Text("purpose"), file.Text("status"),
                file.GetProperty("expires_at").GetInt64() - file.GetProperty("created_at").GetInt64()));
        Assert.Equal(file.GetRawText(), (await _api.GetAsync($"{FileCalls.Files}/{file.Text("id")}")).Text);
    }

    [Fact]
    public async Task Fields_may_come_after_the_file_and_say_when_it_goes()
    {
        using var form = FileCalls.Form("{}"u8.ToArray(), purpose: null, more:
            [("purpose", "batch"), ("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "7200")]);
        var file = (await _api.SendAsync(HttpMethod.Post, FileCalls.Files, form)).Json;
        Assert.Equal(7200, file.GetProperty("expires_at").GetInt64() - file.GetProperty("created_at").GetInt64());
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused_with_413_and_nothing_of_it_stays()
    {
        await using var api = await RunningApi.StartAsync(stores, "FILE_MAX_BYTES=1500000");
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(new byte[1_500_000]))).Status);
        var refused = await api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(new byte[1_500_001]));
        refused.IsOpenAiError(413, "invalid_request_error", "too_large", null, "A file may have at most 1500000 bytes (FILE_MAX_BYTES).");

        await using var count = api.Get<NpgsqlDataSource>().CreateCommand("select count(*), count(distinct file_id), (select count(*) from stored_file) from file_part");
        await using var row = await count.ExecuteReaderAsync(Ct);
        await row.ReadAsync(Ct);
        Assert.Equal((2L, 1L, 1L), (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)));
    }

    [Fact]
    public async Task A_file_over_the_limit_of_JSON_bodies_is_kept() =>
        Assert.Equal(9_000_000, (await _api.UploadAsync(new byte[9_000_000])).GetProperty("bytes").GetInt32());

    [Fact]
    public async Task What_is_wrong_with_a_form_is_told_by_field()
    {
        await IsRefusedAsync(FileCalls.Form(null), "file", "file is required.");
        await IsRefusedAsync(FileCalls.Form([]), "file", "file must not be empty.");
        await IsRefusedAsync(FileCalls.Form([1], purpose: null), "purpose", "purpose is required; allowed: batch.");
        await IsRefusedAsync(FileCalls.Form([1], "fine-tune"), "purpose", "purpose 'fine-tune' is not allowed; allowed: batch.");
        await IsRefusedAsync(FileCalls.Form([1], name: new string('n', 256)), "file", "file must have a name of 1 to 255 characters, without control characters.");
        await IsRefusedAsync(FileCalls.Form([1], more: [("colour", "red")]), "colour",
            "colour is not known; allowed: file, purpose, expires_after[anchor], expires_after[seconds].");
        await IsRefusedAsync(FileCalls.Form([1], more: [("expires_after[seconds]", "60"), ("expires_after[anchor]", "created_at")]), "expires_after[seconds]",
            "expires_after[seconds] '60' is not allowed; allowed: whole numbers from 3600 to 2592000.");
    }

    [Fact]
    public async Task A_body_that_is_no_form_or_breaks_off_is_told_as_that()
    {
        (await _api.PostAsync(FileCalls.Files, "{}")).IsOpenAiError(
            415, "invalid_request_error", "unsupported_media_type", null, "The Content-Type must be multipart/form-data, with its boundary.");
        using var broken = new ByteArrayContent(Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nabc"));
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        (await _api.SendAsync(HttpMethod.Post, FileCalls.Files, broken)).IsOpenAiError(
            400, "invalid_request_error", "bad_request", null, "The form cannot be read: it breaks off, or its parts are not divided as its Content-Type says.");
    }

    [Fact]
    public async Task Files_are_listed_by_owner_in_pages_either_way()
    {
        List<string> ids = [];
        for (var i = 0; i < 3; i++)
            ids.Add((await _api.UploadAsync([1], ("X-Owner-Service", "pages"))).Text("id"));

        Assert.Equal((true, $"{ids[2]} {ids[1]}"), await PageAsync("limit=2"));
        Assert.Equal((false, ids[0]), await PageAsync($"limit=2&after={ids[1]}"));
        Assert.Equal((false, string.Join(' ', ids)), await PageAsync("order=asc&purpose=batch"));
        Assert.Equal((false, ""), await PageAsync("purpose=batch_output"));
        (await _api.GetAsync($"{FileCalls.Files}?after=nothing&order=up")).IsOpenAiError(422, "invalid_request_error", "invalid", "after",
            "after 'nothing' is not the id of a file. order 'up' is not allowed; allowed: asc, desc.");

        async Task<(bool HasMore, string Ids)> PageAsync(string query)
        {
            var page = (await _api.SendAsync(HttpMethod.Get, $"{FileCalls.Files}?{query}", null, ("X-Owner-Service", "pages"))).Json;
            return (page.GetProperty("has_more").GetBoolean(), string.Join(' ', page.GetProperty("data").EnumerateArray().Select(file => file.Text("id"))));
        }
    }

    [Fact]
    public async Task A_removed_file_is_gone_with_its_content()
    {
        var id = await _api.UploadAsync("{}");
        var path = $"{FileCalls.Files}/{id}";
        Assert.Equal($$"""{"id":"{{id}}","object":"file","deleted":true}""", (await _api.SendAsync(HttpMethod.Delete, path)).Text);
        foreach (var (method, gone) in new[] { (HttpMethod.Get, path), (HttpMethod.Get, path + "/content"), (HttpMethod.Delete, path) })
            (await _api.SendAsync(method, gone)).IsOpenAiError(404, "invalid_request_error", "not_found", null, $"There is no file '{id}'.");
    }

    async Task IsRefusedAsync(MultipartFormDataContent form, string field, string message)
    {
        using (form)
            (await _api.SendAsync(HttpMethod.Post, FileCalls.Files, form)).IsOpenAiError(422, "invalid_request_error", "invalid", field, message);
    }
}
