using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Vllm;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class VllmRatesTests
{
    readonly ManualTimeProvider _time = new();
    readonly VllmWindow _window;

    public VllmRatesTests() => _window = new VllmWindow(_time);

    [Fact]
    public void Rates_cover_the_time_since_the_oldest_scrape()
    {
        Assert.Null(Scrape(at: 0, prompt: 1000, stop: 10));
        Scrape(at: 30, prompt: 1300, stop: 40);

        var rates = Scrape(at: 60, prompt: 7000, stop: 70);

        Assert.Equal((60, 100, 1), (rates?.Seconds, rates?.PromptTokens, rates?.Finished?["stop"]));
    }

    [Fact]
    public void Scrapes_older_than_a_minute_leave_the_window()
    {
        for (var at = 0; at <= 90; at += 30)
            Scrape(at, prompt: at * 10, stop: 0);

        var rates = Scrape(at: 91, prompt: 1900, stop: 0);

        Assert.Equal((31, (1900 - 600) / 31d), (rates?.Seconds, rates?.PromptTokens));
    }

    [Theory]
    [InlineData("vllm:prompt_tokens_total 5\nprocess_start_time_seconds 1")]
    [InlineData("vllm:prompt_tokens_total 200\nprocess_start_time_seconds 2")]
    [InlineData("vllm:prompt_tokens_total 200\nvllm:num_requests_running{engine=\"1\"} 0\nprocess_start_time_seconds 1")]
    [InlineData("vllm:generation_tokens_total 200\nprocess_start_time_seconds 1")]
    public void A_restart_and_other_engines_begin_a_new_window(string after)
    {
        Read(0, "vllm:prompt_tokens_total 100\nprocess_start_time_seconds 1");

        Assert.Null(Read(5, after));
        Assert.Equal(5, Read(5, after)?.Seconds);
    }

    [Theory]
    [InlineData("vllm:prompt_tokens_total{engine=\"0\"} 5\nvllm:prompt_tokens_total{engine=\"1\"} 900")]
    [InlineData("vllm:prompt_tokens_total{engine=\"1\"} 900")]
    public void An_engine_that_begins_anew_shows_although_the_others_have_grown(string after)
    {
        Read(0, "vllm:prompt_tokens_total{engine=\"0\"} 100\nvllm:prompt_tokens_total{engine=\"1\"} 100");

        Assert.Null(Read(5, after));
        Assert.Equal(5, Read(5, after)?.Seconds);
    }

    [Fact]
    public void A_finish_reason_seen_for_the_first_time_began_at_zero()
    {
        Read(0, "vllm:request_success_total{finished_reason=\"stop\"} 10");

        var rates = Read(10, "vllm:request_success_total{finished_reason=\"stop\"} 10\nvllm:request_success_total{finished_reason=\"repetition\"} 5");

        Assert.Equal(new Dictionary<string, double> { ["stop"] = 0, ["repetition"] = 0.5 }, rates?.Finished);
    }

    [Theory]
    [InlineData(1000, 250, 1400, 350, 0.25)]
    [InlineData(1000, 250, 1000, 250, null)]
    public void The_hit_ratio_is_that_of_the_window(double queries, double hits, double laterQueries, double laterHits, double? expected)
    {
        Read(0, PrefixCache(queries, hits));

        var rates = Read(5, PrefixCache(laterQueries, laterHits));

        Assert.Equal(expected, rates?.PrefixCacheHitRatio);
    }

    [Fact]
    public void Latencies_are_those_of_the_window_over_all_engines()
    {
        Read(0, Ttft(engine: 0, 5, 5, 5, 0.4) + Ttft(engine: 1, 0, 0, 0, 0));

        var rates = Read(5, Ttft(engine: 0, 5, 35, 35, 6.4) + Ttft(engine: 1, 60, 70, 70, 9));

        // Of 100 observations 60 lie below 0.1 s and 40 between 0.1 and 0.5 s.
        var ttft = rates?.Latencies.Ttft;
        Assert.NotNull(ttft);
        Assert.Equal(100, ttft.Count);
        Assert.Equal(0.1 * 50 / 60, ttft.P50, 9);
        Assert.Equal(0.1 + (0.4 * 35 / 40), ttft.P95, 9);
        Assert.Equal(0.1 + (0.4 * 39 / 40), ttft.P99, 9);
        Assert.Equal(0.15, ttft.Mean, 9);
        Assert.False(ttft.Clamped);
        Assert.Null(rates?.Latencies.E2e);
    }

    [Fact]
    public void A_percentile_above_the_highest_bucket_is_marked()
    {
        Read(0, Ttft(engine: 0, 0, 0, 0, 0));

        var rates = Read(5, Ttft(engine: 0, 90, 90, 100, 40));

        var expected = new LatencyStats { P50 = 0.1 * 50 / 90, P95 = 0.5, P99 = 0.5, Mean = 0.4, Count = 100, Clamped = true };
        Assert.Equal(expected, rates?.Latencies.Ttft);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(5, 100)]
    public void A_count_that_rises_over_constant_buckets_has_no_percentiles(int inBuckets, int count)
    {
        string Page(int all) => Ttft(engine: 0, inBuckets, inBuckets, inBuckets, 1).Replace($"_count{{engine=\"0\"}} {inBuckets}", $"_count {all}", StringComparison.Ordinal);
        Read(0, Page(inBuckets));

        Assert.Equal(new InferenceLatencies(), Read(5, Page(count))?.Latencies);
    }

    [Fact]
    public void What_comes_to_numbers_beyond_all_measure_is_null()
    {
        static string Page(string figure, string few, string sum) =>
            $$"""
            vllm:prompt_tokens_total {{figure}}
            vllm:prefix_cache_queries_total {{few}}
            vllm:prefix_cache_hits_total {{figure}}
            vllm:request_success_total{finished_reason="stop"} {{figure}}
            vllm:time_to_first_token_seconds_bucket{le="0.1"} {{few}}
            vllm:time_to_first_token_seconds_count {{few}}
            vllm:time_to_first_token_seconds_sum {{sum}}
            """;
        Read(0, Page("0", "1", "-1e308"));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var rates = Read(0, Page("1e308", "1.5", "1e308"));

        Assert.NotNull(rates);
        Assert.Equal((null, null), (rates.PromptTokens, rates.PrefixCacheHitRatio));
        Assert.Equal([], rates.Finished!);
        Assert.Equal(new InferenceLatencies(), rates.Latencies);
    }

    [Fact]
    public void No_observation_is_null_and_not_zero()
    {
        Read(0, Ttft(engine: 0, 3, 5, 5, 1));

        Assert.Equal(new InferenceLatencies(), Read(5, Ttft(engine: 0, 3, 5, 5, 1))?.Latencies);
    }

    static string PrefixCache(double queries, double hits) =>
        FormattableString.Invariant($"vllm:gpu_prefix_cache_queries_total {queries}\nvllm:gpu_prefix_cache_hits_total {hits}");

    static string Ttft(int engine, int below100Ms, int below500Ms, int all, double sum) => FormattableString.Invariant(
        $$"""
        vllm:time_to_first_token_seconds_bucket{engine="{{engine}}",le="+Inf"} {{all}}
        vllm:time_to_first_token_seconds_bucket{engine="{{engine}}",le="0.1"} {{below100Ms}}
        vllm:time_to_first_token_seconds_bucket{engine="{{engine}}",le="0.5"} {{below500Ms}}
        vllm:time_to_first_token_seconds_count{engine="{{engine}}"} {{all}}
        vllm:time_to_first_token_seconds_sum{engine="{{engine}}"} {{sum}}

        """);

    VllmRates? Scrape(int at, double prompt, double stop)
    {
        _time.Advance(TimeSpan.FromSeconds(at) - (_time.GetUtcNow() - new ManualTimeProvider().GetUtcNow()));
        return Read(0, FormattableString.Invariant(
            $"vllm:prompt_tokens_total {prompt}\nvllm:request_success_total{{finished_reason=\"stop\"}} {stop}"));
    }

    VllmRates? Read(int after, string page)
    {
        _time.Advance(TimeSpan.FromSeconds(after));
        var metrics = VllmMetrics.Read(page);
        Assert.NotNull(metrics);
        return _window.Add(metrics);
    }
}
