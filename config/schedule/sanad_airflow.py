"""Sanad every night with Airflow: run, verify the log, export the records.

Put this file into the dags folder. SANAD_HOME is the folder with config/, raw/ and normalized/. If some pages failed in a
run (exit code 1), all others are delivered, so the next tasks go on; if the run failed as a whole (2), they don't start.
Only one run may hold the results folder; a second one exits with 2.
"""

import datetime
import os

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

HOME = os.environ.get("SANAD_HOME", "/var/lib/sanad")

with DAG(
    dag_id="sanad",
    schedule="30 2 * * *",
    start_date=datetime.datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
) as dag:
    run = BashOperator(
        task_id="run",
        bash_command="sanad --log-format json run --metrics sanad.prom $SANAD_RUN || [ $? -eq 1 ]",
        cwd=HOME,
    )
    verify = BashOperator(task_id="verify", bash_command="sanad verify", cwd=HOME)
    export = BashOperator(
        task_id="export",
        bash_command="sanad export --format jsonl.gz --output records.jsonl.gz",
        cwd=HOME,
    )
    run >> verify >> export
