"""The resource types of pulumi-aws that watch: log groups, alarms, dashboards."""

from __future__ import annotations

from aws_calls import AwsType, Call, Props, named_by, text_of


def _alarm(props: Props) -> Props:
    shaped = dict(props)
    queries = [dict(query) for query in props.get("metricQueries") or []]
    for query in queries:
        if "metric" in query:
            metric = dict(query.pop("metric"))
            stat = {"period": metric.pop("period"), "stat": metric.pop("stat")}
            query["metricStat"] = {"metric": metric, **stat}
    if queries:
        shaped["metricQueries"] = queries
    return shaped


_ALARM = Call(
    "PutMetricAlarm",
    (
        *(
            "name",
            "alarmDescription",
            "alarmActions",
            "okActions",
            "namespace",
            "metricName",
            "dimensions",
            "statistic",
        ),
        *("extendedStatistic", "period", "evaluationPeriods", "datapointsToAlarm", "threshold", "comparisonOperator"),
        *("treatMissingData", "metricQueries", "tags"),
    ),
    {"name": "AlarmName", "metricQueries": "Metrics", "okActions": "OKActions"},
    _alarm,
)

_RETENTION = Call(
    "PutRetentionPolicy", ("name", "retentionInDays"), {"name": "logGroupName"}, when=("retentionInDays",)
)

TYPES: dict[str, AwsType] = {
    "aws:cloudwatch/logGroup:LogGroup": AwsType(
        "logs",
        (
            Call("CreateLogGroup", ("name", "kmsKeyId", "tags"), {"name": "logGroupName"}),
            _RETENTION,
        ),
        ("DescribeLogGroups", "logGroups.0"),
        "DeleteLogGroup",
        named_by("logGroupName"),
        text_of(),
        update=(_RETENTION,),
        forces=frozenset({"name"}),
        computed={"arn": "arn"},
        sought=named_by("logGroupNamePrefix"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": AwsType(
        "cloudwatch",
        (_ALARM,),
        ("DescribeAlarms", "MetricAlarms.0"),
        "DeleteAlarms",
        lambda props: {"AlarmNames": [props["name"]]},
        text_of(),
        update=(_ALARM,),
        forces=frozenset({"name"}),
        computed={"arn": "AlarmArn"},
    ),
    "aws:cloudwatch/dashboard:Dashboard": AwsType(
        "cloudwatch",
        (Call("PutDashboard", ("dashboardName", "dashboardBody")),),
        ("GetDashboard", ""),
        "DeleteDashboards",
        lambda props: {"DashboardNames": [props["dashboardName"]]},
        text_of("dashboardName"),
        update=(Call("PutDashboard", ("dashboardName", "dashboardBody")),),
        forces=frozenset({"dashboardName"}),
        computed={"dashboardArn": "DashboardArn"},
        sought=named_by("DashboardName", "dashboardName"),
    ),
}
