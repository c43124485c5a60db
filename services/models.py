"""The catalogue in the database: folders, services, tasks, parameters.

Code owns function, names, types and hard bounds; these rows own what an
administrator edits. An empty text or null means "as the tool declares it".
"""

from __future__ import annotations

import keyword
import re

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models

from services import guarded
from services.drawing.renderers import parse_drawing_info
from services.errors import InvalidValue, NotFound
from services.guarded import Folder, Guarded, valid_name
from services.imagery.renderers import parse_raster_drawing
from services.itemtexts import ItemTexts
from services.limits import InputLimits
from services.modelrows import Model, ModelVersion
from services.narrowing import declared_parameter, problem_with
from services.quotable import DOCSTRING, check_quotable

__all__ = ["Folder", "Model", "ModelVersion", "Service", "Task", "TaskParameter"]

#: The most that finished jobs can be kept: ten years.
MAX_KEEP_HOURS = 10 * 366 * 24
_MAX_WAIT_SECONDS = 366 * 24 * 3600

#: Extensions of files that a service accepts unless an administrator says others.
DEFAULT_UPLOAD_TYPES = (
    "csv", "fgb", "geojson", "geoparquet", "gpkg", "gpx", "json", "kml", "kmz",
    "jpeg", "jpg", "parquet", "png", "tif", "tiff", "tsv", "txt", "zip",
)  # fmt: skip
_valid_extensions = RegexValidator(
    re.compile(r"^\s*\.?[A-Za-z0-9]{1,16}(\s*,\s*\.?[A-Za-z0-9]{1,16})*\s*\Z"),
    "Write extensions with commas between them, such as: csv, zip",
)


class Service(Guarded, InputLimits, ItemTexts):
    """A geoprocessing service; its properties hold for all its tasks."""

    class Execution(models.TextChoices):
        """How clients run the tasks of a service."""

        SYNCHRONOUS = "esriExecutionTypeSynchronous", "Synchronous"
        ASYNCHRONOUS = "esriExecutionTypeAsynchronous", "Asynchronous"

    class State(models.TextChoices):
        """Whether a service answers."""

        STARTED = "STARTED", "Started"
        STOPPED = "STOPPED", "Stopped"

    class MessageLevel(models.TextChoices):
        """Which messages of a run reach the client; each includes the graver ones."""

        NONE = "None", "None"
        ERROR = "Error", "Errors"
        WARNING = "Warning", "Warnings"
        INFO = "Info", "All"

    class Priority(models.IntegerChoices):
        """Which waiting jobs start first: all of a higher one before the others."""

        LOW = -10, "Low"
        NORMAL = 0, "Normal"
        HIGH = 10, "High"

    class Access(models.TextChoices):
        """Who may see and run a service."""

        EVERYONE = guarded.EVERYONE, "Everyone"
        SIGNED_IN = guarded.SIGNED_IN, "Signed-in users"
        CHOSEN = guarded.CHOSEN, "Chosen groups and users"
        FOLDER = guarded.AS_FOLDER, "As its folder"

    folder = models.ForeignKey(
        Folder, models.PROTECT, null=True, blank=True, related_name="services"
    )
    name = models.CharField(max_length=100, validators=[valid_name])
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, help_text="The service description.")
    execution_type = models.CharField(
        max_length=40, choices=Execution.choices, default=Execution.ASYNCHRONOUS
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.STARTED, db_index=True
    )
    access = models.CharField(
        max_length=10, choices=Access.choices, default=Access.SIGNED_IN
    )
    message_level = models.CharField(
        max_length=10, choices=MessageLevel.choices, default=MessageLevel.INFO
    )
    maximum_records = models.PositiveIntegerField(
        default=1000,
        help_text="A result with more features answers none of them and says so."
        " 0: never answer features.",
    )
    result_map_server = models.BooleanField(
        "view results with a map service", default=False
    )
    hosted_output = models.BooleanField(
        "publish results as feature services", default=False,
        help_text="Of asynchronous runs: features and tables become layers in the"
        " folder Hosted, and live on there. Not together with a map service.",
    )  # fmt: skip
    uploads = models.BooleanField(default=False, help_text="Clients may upload files.")
    max_upload_mb = models.PositiveIntegerField(
        "maximum upload size (MB)", default=100, validators=[MinValueValidator(1)],
        help_text="Of one item, all its parts together.",
    )  # fmt: skip
    allowed_upload_types = models.CharField(
        max_length=300, blank=True, validators=[_valid_extensions],
        help_text="Extensions with commas between them. Blank: "
        f"{', '.join(DEFAULT_UPLOAD_TYPES)}.",
    )  # fmt: skip
    max_run_seconds = models.PositiveIntegerField(
        default=600, validators=[MinValueValidator(1)], help_text="Limit of one run."
    )
    max_memory_mb = models.PositiveIntegerField(
        "maximum memory (MB)", default=2048, validators=[MinValueValidator(256)],
        help_text="Address space of the process that computes.",
    )  # fmt: skip
    max_disk_mb = models.PositiveIntegerField(
        "maximum disk space (MB)", default=5120, validators=[MinValueValidator(10)],
        help_text="Of all files of a run: fetched inputs, what the tool writes,"
        " results. No single file is larger than 2048.",
    )  # fmt: skip
    max_request_mb = models.PositiveIntegerField(
        "maximum request size (MB)", default=20, validators=[MinValueValidator(1)]
    )
    max_features = models.PositiveIntegerField(
        "maximum features of an input", default=50_000
    )
    max_vertices = models.PositiveIntegerField(
        "maximum vertices of an input", default=500_000
    )
    max_running = models.PositiveIntegerField(
        "maximum running jobs", default=0,
        help_text="At a time; others wait. 0: as many as the workers take.",
    )  # fmt: skip
    max_queued = models.PositiveIntegerField(
        "maximum queued jobs", default=500, help_text="More are refused."
    )
    max_wait_seconds = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(_MAX_WAIT_SECONDS)],
        help_text="A job that no worker has taken for so long ends. 0: it waits on.",
    )
    priority = models.SmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL,
        help_text="Of new jobs. People of one priority take turns.",
    )  # fmt: skip
    keep_jobs_hours = models.PositiveIntegerField(
        default=24,
        validators=[MaxValueValidator(MAX_KEEP_HOURS)],
        help_text="Finished jobs and their files go after this time,"
        " unless they are pinned.",
    )
    keep_jobs_mb = models.PositiveIntegerField(
        default=0,
        help_text="Size of the files of all jobs; above it the oldest finished ones"
        " go. 0: no limit.",
    )
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("folder__name", "name")
        constraints = (
            models.UniqueConstraint("folder", "name", name="service_once_in_folder"),
            models.UniqueConstraint(
                "name", name="service_once_in_root", condition=models.Q(folder=None)
            ),
        )

    def __str__(self) -> str:
        return self.path

    def clean(self) -> None:
        """Refuse two ways to show the same result, and the access of no folder."""
        if self.access == self.Access.FOLDER and self.folder is None:
            told = "A service in the root has no folder to go with."
            raise ValidationError({"access": told})
        if self.hosted_output and self.result_map_server:
            told = "Results have a map service already: choose one of the two."
            raise ValidationError({"hosted_output": told})

    @property
    def level(self) -> str:
        """Who may use it: everyone, signed_in or chosen; of its folder if it says so.

        Without that folder it is for chosen ones, of whom there are none.
        """
        if self.access != self.Access.FOLDER:
            return self.access
        return self.folder.access if self.folder else guarded.CHOSEN

    @property
    def hosts_outputs(self) -> bool:
        """True if the outputs of its jobs become feature services."""
        return self.hosted_output and not self.is_synchronous

    @property
    def path(self) -> str:
        """``Folder/Name``, or the name alone in the root."""
        return f"{self.folder.name}/{self.name}" if self.folder else self.name

    @property
    def upload_extensions(self) -> tuple[str, ...]:
        """The extensions of files that clients may upload, in lower case."""
        given = self.allowed_upload_types.lower().replace(".", "").split(",")
        return tuple(one.strip() for one in given if one.strip()) or (
            DEFAULT_UPLOAD_TYPES
        )

    @property
    def is_synchronous(self) -> bool:
        """True if tasks are run by execute, False if by submitJob."""
        return self.execution_type == self.Execution.SYNCHRONOUS

    @property
    def has_result_maps(self) -> bool:
        """True if the results of jobs can be seen by a map service."""
        return self.result_map_server and not self.is_synchronous


class Task(models.Model):
    """A task of a service: publishes one tool."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="tasks")
    name = models.CharField(max_length=100, validators=[valid_name])
    tool_id = models.CharField("tool", max_length=200, help_text="toolbox.Tool")
    title = models.CharField("display name", max_length=200, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=200, blank=True)
    help_url = models.URLField(blank=True)
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    #: The parameters as the tool declared them when it was published, or renewed.
    declared = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint("service", "name", name="task_once_in_service"),
        )

    def __str__(self) -> str:
        return f"{self.service}/{self.name}"

    def clean(self) -> None:
        """Refuse a name or a description that Python clients cannot make code of."""
        if keyword.iskeyword(self.name.lower()):
            told = "Python clients make a function of a task: take no word of Python."
            raise ValidationError({"name": told})
        try:
            check_quotable(self.description, DOCSTRING, "description")
        except InvalidValue as exc:
            raise ValidationError({"description": str(exc)}) from None


class TaskParameter(models.Model):
    """What an administrator says of one parameter of a task."""

    class Mode(models.TextChoices):
        """Where the value of an input comes from."""

        USER = "user", "The user gives it"
        CHOICE = "choice", "Choice list: the user takes one of the texts below"
        CONSTANT = "constant", "Constant: shown, always the default"
        HIDDEN = "hidden", "Hidden: not shown, always the default"

    task = models.ForeignKey(Task, models.CASCADE, related_name="parameters")
    name = models.CharField(max_length=100, editable=False)
    position = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.USER)
    label = models.CharField("display name", max_length=200, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=200, blank=True)
    default = models.JSONField(
        null=True, blank=True,
        help_text="Wire value as JSON, used when the client sends none.",
    )  # fmt: skip
    choices = models.JSONField(
        "choice list", null=True, blank=True,
        help_text='JSON list of texts; only these are accepted. E.g. ["A3", "A4"]',
    )  # fmt: skip
    minimum = models.FloatField(null=True, blank=True)
    maximum = models.FloatField(null=True, blank=True)
    drawing_info = models.JSONField(
        "symbology", null=True, blank=True,
        help_text="How the result map service draws this output: Esri's drawingInfo,"
        ' {"renderer": {"type": "simple", "symbol": {...}}, "transparency": 0}.'
        " Blank: as suits its geometry. A raster takes the renderers rasterStretch,"
        " classBreaks, uniqueValue, rasterColormap and rasterShadedRelief.",
    )  # fmt: skip

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint("task", "name", name="parameter_once_in_task"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def tool_id(self) -> str:
        """The tool of the row's task."""
        return self.task.tool_id

    def clean(self) -> None:
        """Refuse what the declared parameter cannot be narrowed to, or not drawn."""
        if self.drawing_info is not None:
            try:
                self._parse_drawing_info()
            except InvalidValue as exc:
                raise ValidationError({"drawing_info": str(exc)}) from None
        message = problem_with(self)
        if message:
            raise ValidationError(message)

    def _parse_drawing_info(self) -> None:
        """Raise InvalidValue if the output could not be drawn so."""
        try:
            kind = declared_parameter(self).data_type.name
        except NotFound:  # told by ``problem_with``
            return
        is_raster = kind in ("GPRasterDataLayer", "GPRasterData")
        (parse_raster_drawing if is_raster else parse_drawing_info)(self.drawing_info)
