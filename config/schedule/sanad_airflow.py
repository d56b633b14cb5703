"""Sanad every night with Airflow: run, check the log, hand the records on.

Put it into the dags folder. SANAD_HOME holds config/, raw/ and normalized/. A run that some pages failed in (exit code 1)
has delivered all others, so what follows goes on; one that could not be made (2) ends here. Two runs never meet: the
second gives up at the lock of the first.
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
