using AiPlatform.LlmWorker.Admission;

namespace AiPlatform.LlmWorker.Tests.Admission;

public sealed class ServerGaugesTests
{
    [Fact]
    public void What_vLLM_says_of_its_load_is_read_over_all_its_engines()
    {
        const string page = """
            # HELP vllm:num_requests_waiting Number of requests waiting to be processed.
            # TYPE vllm:num_requests_waiting gauge
            vllm:num_requests_waiting{engine="0",model_name="a } b"} 3.0
            vllm:num_requests_waiting{engine="1",model_name="m"} 4 1700000000000
            vllm:num_requests_waiting_by_reason{reason="capacity"} 99.0
            vllm:kv_cache_usage_perc{engine="0"} 0.25
            vllm:kv_cache_usage_perc{engine="1"} 0.5
            """;

        Assert.Equal(new ServerGauges(7, 0.5), ServerGauges.Read(page));
    }

    [Fact]
    public void The_older_name_of_the_cache_is_known_too() =>
        Assert.Equal(new ServerGauges(0, 0.75), ServerGauges.Read("vllm:num_requests_waiting 0\nvllm:gpu_cache_usage_perc 0.75\n"));

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]")]
    [InlineData("vllm:num_requests_waiting{engine=\"0\"} NaN")]
    [InlineData("vllm:num_requests_waiting")]
    [InlineData("vllm:kv_cache_usage_perc 0.5")]
    public void Another_page_says_nothing(string page) => Assert.Null(ServerGauges.Read(page));
}
