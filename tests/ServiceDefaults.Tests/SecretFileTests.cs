using System.Text;
using AiPlatform.ServiceDefaults.Settings;
using AiPlatform.ServiceDefaults.Startup;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class SecretFileTests : IDisposable
{
    const string Content = "word-of-the-file";

    readonly string _file = Path.GetTempFileName();

    [Theory]
    [InlineData(Content)]
    [InlineData(Content + "\n")]
    [InlineData(Content + "\r\n")]
    [InlineData("\uFEFF" + Content + "\n")]
    public void A_secret_is_what_its_file_holds_without_the_line_break(string content)
    {
        File.WriteAllText(_file, content);
        using var app = TestApp.Build(builder => builder.AddSettings<RuledOptions>(), "--R_URL=x", $"--R_SECRET_FILE={_file}");
        Assert.Equal(Content, app.Services.GetRequiredService<IOptions<RuledOptions>>().Value.Secret);
    }

    [Fact]
    public void A_setting_that_is_no_secret_has_no_file()
    {
        using var app = TestApp.Build(builder => builder.AddSettings<RuledOptions>(), "--R_URL=x", $"--R_NAME_FILE={_file}");
        Assert.Null(app.Services.GetRequiredService<IOptions<RuledOptions>>().Value.Name);
    }

    [Fact]
    public void A_file_with_a_setting_of_its_own_is_left_to_that_setting()
    {
        File.WriteAllText(_file, "one=1\ntwo=2\n");
        using var app = TestApp.Build(builder => builder.AddSettings<OwnFileOptions>(), $"--OWN_TOKEN_FILE={_file}", "--OWN_TOKEN=otherwise");
        var options = app.Services.GetRequiredService<IOptions<OwnFileOptions>>().Value;
        Assert.Equal((_file, "otherwise"), (options.TokenFile, options.Token));
    }

    [Theory]
    [InlineData("", "it is empty.")]
    [InlineData(" \n", "it is empty.")]
    [InlineData(Content + "\nsecond", "it holds more than one line of text.")]
    [InlineData(Content + "\0", "it holds more than one line of text.")]
    [InlineData("geheim", "R_SECRET is not valid: text of 8 to 64 characters is expected.")]
    public void What_no_secret_can_be_stops_the_start_without_being_shown(string content, string reason)
    {
        File.WriteAllText(_file, content);
        Assert.Equal(reason.StartsWith("R_", StringComparison.Ordinal) ? reason : $"R_SECRET_FILE is '{_file}': {reason}", Refusal($"--R_SECRET_FILE={_file}"));
    }

    [Fact]
    public void A_file_that_is_too_large_or_no_text_stops_the_start()
    {
        File.WriteAllText(_file, new string('a', 65537));
        Assert.Equal($"R_SECRET_FILE is '{_file}': it holds more than 65536 bytes, which no secret does.", Refusal($"--R_SECRET_FILE={_file}"));

        File.WriteAllBytes(_file, [0xC3, 0x28, .. Encoding.UTF8.GetBytes(Content)]);
        Assert.Equal($"R_SECRET_FILE is '{_file}': it is not text in UTF-8.", Refusal($"--R_SECRET_FILE={_file}"));
    }

    [Fact]
    public void A_file_that_cannot_be_read_stops_the_start()
    {
        Assert.Equal($"R_SECRET_FILE is '{_file}.not': there is no such file.", Refusal($"--R_SECRET_FILE={_file}.not"));
        var folder = Path.GetTempPath();
        Assert.Equal($"R_SECRET_FILE is '{folder}': it is a folder, or this process may not read it.", Refusal($"--R_SECRET_FILE={folder}"));
    }

    [Fact]
    public void Both_forms_at_once_stop_the_start() =>
        Assert.Equal("R_SECRET and R_SECRET_FILE are both set: only one of them is expected.", Refusal("--R_SECRET=long enough", $"--R_SECRET_FILE={_file}"));

    [Theory]
    [InlineData("ConnectionStrings:jobs")]
    [InlineData("ConnectionStrings:redis")]
    [InlineData("DATABASE_URL")]
    [InlineData("REDIS_URL")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS")]
    public void What_clients_read_themselves_comes_from_files_too(string name)
    {
        File.WriteAllText(_file, Content + "\n");
        using var app = TestApp.Build(null, $"--{name}_FILE={_file}");
        Assert.Equal(Content, app.Configuration[name]);

        var variable = name.Replace(":", "__", StringComparison.Ordinal);
        Assert.Equal($"{variable}_FILE is 'nowhere': there is no such file.", Refusal($"--{name}_FILE=nowhere"));
        Assert.Equal($"{variable} and {variable}_FILE are both set: only one of them is expected.", Refusal($"--{name}_FILE={_file}", $"--{name}=x"));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("postgres://me:{0}@host/jobs")]
    [InlineData("Host=db;Username=me;Password={0};Database=jobs")]
    [InlineData("cache:6379,password={0},ssl=true")]
    public void A_secret_that_was_read_is_not_written_again(string form)
    {
        var secret = $"+{Guid.NewGuid():N}&";
        Assert.Equal(string.Format(null, form, secret), Secret.Read("ANY", name => name == "ANY" ? string.Format(null, form, secret) : null).Text);

        using var stream = new StringWriter();
        using var output = new RedactedOutput(stream);
        output.Write($"before {secret} after");
        output.WriteLine($"""{"{"}"json":"\u002B{secret[1..^1]}\u0026"{"}"}""");
        output.Write($"?key={Uri.EscapeDataString(secret)}".AsSpan());
        Assert.Equal($$"""before *** after{"json":"***"}{{Environment.NewLine}}?key=***""", stream.ToString());
    }

    static string Refusal(params string[] args)
    {
        using var app = TestApp.Build(builder => builder.AddSettings<RuledOptions>(), [.. args, "--R_URL=x"]);
        var failure = Assert.ThrowsAny<Exception>(() => app.MapDefaultEndpoints());
        var lines = StartupFailure.Explain(failure, "Sample")!.Split(Environment.NewLine);
        Assert.Equal("Sample cannot start: 1 setting is not valid.", lines[0]);
        return Assert.Single(lines[1..]).Trim();
    }

    public void Dispose() => File.Delete(_file);
}
