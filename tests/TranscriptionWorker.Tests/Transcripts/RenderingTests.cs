using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Contracts.Transcripts;

namespace AiPlatform.TranscriptionWorker.Tests.Transcripts;

/// <summary>A transcript in other people's formats.</summary>
public sealed partial class RenderingTests
{
    static TranscriptionResult Unnamed(TranscriptionResult result) => result with { Diarization = new(true, SpeakerSources.None, null) };

    [Fact]
    public void Text_has_a_line_for_each_turn_where_speakers_were_told_apart()
    {
        Assert.Equal(
            """
            SPEAKER_00: Good day. How are you?
            SPEAKER_01: A & B --> <i>C</i>, and then we talked about the weather for quite a while, as people do when there is nothing else to say.
            """.ReplaceLineEndings("\n"),
            TranscriptText.Of(Calls.Short));
        Assert.Equal(Calls.Short.Text, TranscriptText.Of(Unnamed(Calls.Short)));
        Assert.Equal("Yes.", TranscriptText.Of(Calls.Call(new TranscriptSegment(0, 1, "Yes.", "SPEAKER_00"))));
        Assert.Equal("", TranscriptText.Of(Calls.Call()));
    }

    [Fact]
    public void Srt() => Assert.Equal(
        """
        1
        00:00:00,000 --> 00:00:01,500
        SPEAKER_00: Good day.

        2
        00:00:01,500 --> 00:00:03,420
        SPEAKER_00: How are you?

        3
        01:00:00,005 --> 01:00:33,972
        SPEAKER_01: A & B -> <i>C</i>, and then we
        talked about the weather for quite a

        4
        01:00:33,972 --> 01:01:01,250
        SPEAKER_01: while, as people do when there
        is nothing else to say.


        """.ReplaceLineEndings("\n"),
        SubRip.Of(Calls.Short));

    [Fact]
    public void Vtt() => Assert.Equal(
        """
        WEBVTT

        00:00:00.000 --> 00:00:01.500
        <v SPEAKER_00>Good day.

        00:00:01.500 --> 00:00:03.420
        <v SPEAKER_00>How are you?

        01:00:00.005 --> 01:00:39.303
        <v SPEAKER_01>A &amp; B --&gt; &lt;i&gt;C&lt;/i&gt;, and then we talked
        about the weather for quite a while, as

        01:00:39.303 --> 01:01:01.250
        <v SPEAKER_01>people do when there is nothing else to
        say.


        """.ReplaceLineEndings("\n"),
        WebVtt.Of(Calls.Short));

    [Fact]
    public void Speakers_that_nobody_told_apart_are_not_named()
    {
        Assert.DoesNotContain("SPEAKER", SubRip.Of(Unnamed(Calls.Short)));
        Assert.DoesNotContain("SPEAKER", WebVtt.Of(Unnamed(Calls.Short)));
        Assert.DoesNotContain("SPEAKER", SubRip.Of(Calls.Short with { Diarization = null }));
    }

    [Fact]
    public void Nothing_said_is_an_empty_list_of_cues()
    {
        Assert.Equal("", SubRip.Of(Calls.Call()));
        Assert.Equal("WEBVTT\n\n", WebVtt.Of(Calls.Call()));
    }

    [Fact]
    public void A_result_that_is_not_as_it_should_be_is_rendered_as_far_as_it_goes()
    {
        var odd = Calls.Call(new(5, 1, " \n", "SPEAKER_00"), new(-3, 1e300, "Yes.", null), new TranscriptSegment(4, 2, "No.", "<b>"));

        Assert.Contains("\n00:00:04,000 --> 00:00:04,001\n<b>: No.\n", SubRip.Of(odd));
        Assert.Contains("\n00:00:04.000 --> 00:00:04.001\n<v &lt;b&gt;>No.\n", WebVtt.Of(odd));
        Assert.DoesNotContain("SPEAKER_00", SubRip.Of(odd) + WebVtt.Of(odd) + VerboseJson.Of(odd));
    }

    [Fact]
    public void Verbose_json_is_openai_s()
    {
        using var json = JsonDocument.Parse(VerboseJson.Of(Calls.Call(new(0, 1.5, "Hé.", "SPEAKER_00"), new TranscriptSegment(2, 3, "", null) { Gap = true })));

        Assert.Equal(
            """{"task":"transcribe","language":"en","duration":3700,"text":"H\u00E9.","segments":[{"id":0,"start":0,"end":1.5,"text":"H\u00E9.","seek":0,"tokens":[],"temperature":0,"avg_logprob":0,"compression_ratio":0,"no_speech_prob":0,"speaker":"SPEAKER_00"}]}""",
            json.RootElement.GetRawText());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_transcript_can_be_read_back(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var start = 0d;
            var result = Calls.Call(
            [
                .. Enumerable.Range(0, random.Next(12)).Select(_ => new TranscriptSegment(
                    start = Math.Round(start + (random.Next(3) * 0.5), 3), start = Math.Round(start + (random.Next(1, 20_000) / 1000d), 3), Text(random), $"SPEAKER_0{random.Next(3)}")),
            ]);

            CheckBack(SrtCue.Matches(SubRip.Of(result)), result.Segments, srt: true);
            CheckBack(VttCue.Matches(WebVtt.Of(result)), result.Segments, srt: false);
        }
    }

    static readonly string[] Words = ["yes,", "no.", "&amp;", "<b>", "-->", "1", "00:00:01,000", "été", "你好吗我在家里等你的电话已经三天了还没有人打来过真的非常不好意思请您再说一遍好吗", "\U0001F600", "incomprehensibilities", "\n"];

    static string Text(Random random) => "a " + string.Join(' ', Enumerable.Range(0, random.Next(1, 60)).Select(_ => Words[random.Next(Words.Length)])) + " z";

    static void CheckBack(MatchCollection cues, IReadOnlyList<TranscriptSegment> segments, bool srt)
    {
        var (at, texts) = (0d, new List<string>());
        foreach (Match cue in cues)
        {
            var (start, end) = (Seconds(cue.Groups["start"].Value), Seconds(cue.Groups["end"].Value));
            Assert.True(start >= at && end > start, cue.Value);
            at = end;
            var lines = cue.Groups["text"].Value.Split('\n');
            Assert.InRange(lines.Length, 1, 2);
            Assert.All(lines, line => Assert.InRange((srt ? line : WebUtility.HtmlDecode(Voice.Replace(line, ""))).Length, 1, 42));
            texts.Add(string.Concat(lines.Select(line => srt ? Name.Replace(line, "") : WebUtility.HtmlDecode(Voice.Replace(line, "")))));
        }
        Assert.Equal(
            Bare(string.Concat(segments.Select(segment => srt ? segment.Text.Replace("-->", "->", StringComparison.Ordinal) : segment.Text))), Bare(string.Concat(texts)));
        Assert.Equal(segments is [.., var last] ? last.End : 0, at, 3);
    }

    static string Bare(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));

    static double Seconds(string clock) => TimeSpan.ParseExact(clock.Replace(',', '.'), @"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture).TotalSeconds;

    [GeneratedRegex(@"(?<=^|\n\n)\d+\n(?<start>[\d:,]{12}) --> (?<end>[\d:,]{12})\n(?<text>.+?)\n\n", RegexOptions.Singleline)]
    static partial Regex SrtCue { get; }

    [GeneratedRegex(@"(?<=\n\n)(?<start>[\d:.]{12}) --> (?<end>[\d:.]{12})\n(?<text>.+?)\n\n", RegexOptions.Singleline)]
    static partial Regex VttCue { get; }

    [GeneratedRegex(@"^SPEAKER_\d\d: ")]
    static partial Regex Name { get; }

    [GeneratedRegex(@"^<v SPEAKER_\d\d>")]
    static partial Regex Voice { get; }
}
