using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class SettingsTests
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    [Fact]
    public void Every_type_of_setting_is_read()
    {
        var options = Read(
            "--T_TEXT= a b ", "--T_WHOLE=-7", "--T_LONG=9000000000", "--T_NUMBER=1.25e1", "--T_FLAG=no", "--T_DURATION=1h30m",
            "--T_ADDRESS=https://example.com/v1", "--T_LEVEL=very_low", "--T_NAMES=a, b,,c", "--T_ADDRESSES=http://a:1,http://b:2",
            "--T_OPTIONAL=5", "--NotASetting=changed");

        Assert.Equal(
            """
            {
              "Text": "a b",
              "Whole": -7,
              "Long": 9000000000,
              "Number": 12.5,
              "Flag": false,
              "Duration": "01:30:00",
              "Address": "https://example.com/v1",
              "Level": 2,
              "Names": [
                "a",
                "b",
                "c"
              ],
              "Addresses": [
                "http://a:1",
                "http://b:2"
              ],
              "Optional": 5,
              "NotASetting": "untouched"
            }
            """,
            JsonSerializer.Serialize(options, Indented));
    }

    [Fact]
    public void What_is_empty_or_blank_keeps_its_default()
    {
        var options = Read("--T_TEXT=", "--T_WHOLE= ", "--T_DURATION=", "--T_ADDRESS=", "--T_LEVEL=", "--T_NAMES=", "--T_OPTIONAL=");

        Assert.Equal(JsonSerializer.Serialize(new EveryType()), JsonSerializer.Serialize(options));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("1", true)]
    [InlineData("Yes", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    public void A_flag_is_written_in_several_ways(string text, bool expected) => Assert.Equal(expected, Read($"--T_FLAG={text}").Flag);

    [Theory]
    [InlineData("hi")]
    [InlineData("HI")]
    public void An_enum_is_written_by_its_wire_name(string text) => Assert.Equal(Level.High, Read($"--T_LEVEL={text}").Level);

    [Fact]
    public void Code_may_change_a_setting_after_it_was_read()
    {
        using var app = TestApp.Build(
            builder =>
            {
                builder.AddSettings<EveryType>();
                builder.Services.Configure<EveryType>(options => options.Whole += 1);
            },
            "--T_WHOLE=10");

        Assert.Equal(11, app.Services.GetRequiredService<IOptions<EveryType>>().Value.Whole);
    }

    [Fact]
    public void A_property_of_another_type_is_refused_where_it_is_registered()
    {
        var refused = Assert.Throws<NotSupportedException>(() => TestApp.Build(builder => builder.AddSettings<UnknownType>()));

        Assert.Equal("UnknownType.Version cannot be bound: Version is not a type of setting.", refused.Message);
    }

    static EveryType Read(params string[] args)
    {
        using var app = TestApp.Build(builder => builder.AddSettings<EveryType>(), args);
        return app.Services.GetRequiredService<IOptions<EveryType>>().Value;
    }
}
