"""URLs of running tasks and of jobs, in any case, with or without a slash."""

from __future__ import annotations

from django.urls import URLPattern

from jobs.access import share_views
from jobs.featureservices import views as hosted_views
from jobs.images import views as image_views
from jobs.maps import downloads as map_downloads
from jobs.maps import query as map_query
from jobs.maps import views as map_views
from jobs.rest import (
    contents,
    downloads,
    files,
    following,
    jobs,
    layers,
    provenance,
    results,
    tasks,
    validation,
)
from jobs.uploads import views as upload_views
from services.anycase import resource
from services.urls import SERVICE, TASK

JOB = TASK + r"/jobs/(?P<job>[^/]+)"
FILES = (
    r"rest/directories/(?:arcgisjobs|arcgisoutput)/(?:(?P<directory>[^/]+)/)?"
    r"(?P<name>[^/]+)_gpserver/(?P<job>j[0-9a-f]+)(?:/scratch)?"
)

FEATURES = r"rest/services/(?:(?P<folder>[^/]+)/)?(?P<name>[^/]+)/FeatureServer"
#: Operations of feature services that change features.
EDITS = "applyEdits|addFeatures|updateFeatures|deleteFeatures|calculate|append"
LAYER = FEATURES + r"/(?P<layer>\d{1,9})"

UPLOADS = SERVICE + r"/uploads"
ITEM = UPLOADS + r"/(?P<item>[^/]+)"
MAPS = r"rest/services/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)/MapServer"
MAP = MAPS + r"/jobs/(?P<job>[^/]+)"
IMAGE = (
    r"rest/services/(?:(?P<folder>[^/]+)/)?(?P<service>[^/]+)/ImageServer"
    r"/jobs/(?P<job>[^/]+)/(?P<parameter>[^/]+)"
)
IMAGE_PICTURE = (
    r"rest/directories/arcgisoutput/(?:[^/]+/)?[^/]+_ImageServer/(?P<job>j[0-9a-f]+)"
    r"/_ags_image\.[a-z]+"
)
PICTURE = (
    r"rest/directories/arcgisoutput/(?:[^/]+/)?[^/]+_MapServer/(?P<job>j[0-9a-f]+)"
    r"/_ags_map\.[a-z]+"
)

maps: list[URLPattern] = [
    resource(MAPS, map_views.MapServiceView.as_view(), "map-service"),
    resource(MAP, map_views.MapView.as_view(), "map"),
    resource(MAP + "/layers", map_views.LayersView.as_view(), "map-layers"),
    resource(MAP + "/legend", map_views.LegendView.as_view(), "map-legend"),
    resource(MAP + "/export", map_views.ExportView.as_view(), "map-export"),
    resource(MAP + "/identify", map_views.IdentifyView.as_view(), "map-identify"),
    resource(MAP + "/find", map_views.FindView.as_view(), "map-find"),
    resource(MAP + r"/(?P<layer>\d+)", map_views.LayerView.as_view(), "map-layer"),
    resource(
        MAP + r"/(?P<layer>\d+)/query", map_query.MapQueryView.as_view(), "map-query"
    ),
    resource(
        MAP + r"/(?P<layer>\d+)/download",
        map_downloads.MapDownloadView.as_view(),
        "map-download",
    ),
    resource(
        MAP + r"/(?P<layer>\d+)/generateRenderer",
        map_query.MapRendererView.as_view(),
        "map-renderer",
    ),
    resource(PICTURE, map_views.PictureView.as_view(), "map-picture"),
]
images: list[URLPattern] = [
    resource(IMAGE, image_views.ImageServiceView.as_view(), "image"),
    resource(
        IMAGE + "/exportImage", image_views.ExportImageView.as_view(), "image-export"
    ),
    resource(
        IMAGE + f"/(?P<operation>{image_views.OPERATIONS})",
        image_views.ImageOperationView.as_view(),
        "image-operation",
    ),
    resource(IMAGE_PICTURE, image_views.ImagePictureView.as_view(), "image-picture"),
]
uploads: list[URLPattern] = [
    resource(UPLOADS, upload_views.UploadsView.as_view(), "uploads"),
    resource(UPLOADS + "/info", upload_views.UploadsInfoView.as_view(), "uploads-info"),
    resource(UPLOADS + "/upload", upload_views.UploadView.as_view(), "upload"),
    resource(UPLOADS + "/register", upload_views.RegisterView.as_view(), "register"),
    resource(ITEM, upload_views.ItemView.as_view(), "upload-item"),
    resource(
        ITEM + "/uploadPart", upload_views.UploadPartView.as_view(), "upload-part"
    ),
    resource(ITEM + "/commit", upload_views.CommitView.as_view(), "commit"),
    resource(ITEM + "/parts", upload_views.PartsView.as_view(), "parts"),
    resource(ITEM + "/contents", contents.ContentsView.as_view(), "contents"),
    resource(ITEM + "/download", upload_views.DownloadView.as_view(), "download"),
    resource(ITEM + "/delete", upload_views.DeleteView.as_view(), "delete-item"),
]
features: list[URLPattern] = [
    resource(FEATURES, hosted_views.HostedServiceView.as_view(), "feature-service"),
    resource(FEATURES + "/layers", hosted_views.HostedLayersView.as_view(), "layers"),
    resource(LAYER, hosted_views.HostedLayerView.as_view(), "layer"),
    resource(
        LAYER + "/download", hosted_views.HostedDownloadView.as_view(), "layer-download"
    ),
    resource(LAYER + "/query", hosted_views.HostedQueryView.as_view(), "query"),
    resource(
        LAYER + "/generateRenderer",
        hosted_views.HostedRendererView.as_view(),
        "generate-renderer",
    ),
    resource(
        FEATURES + r"(?:/\d{1,9})?/(?P<edit>" + EDITS + ")",
        hosted_views.HostedEditView.as_view(),
        "edit-features",
    ),
]
urlpatterns: list[URLPattern] = [
    *features,
    *maps,
    *images,
    *uploads,  # before the tasks: they have a name that a task could have
    resource(TASK + "/execute", tasks.ExecuteView.as_view(), "execute"),
    resource(TASK + "/submitJob", tasks.SubmitJobView.as_view(), "submit-job"),
    resource(TASK + "/validate", validation.ValidateView.as_view(), "validate"),
    resource(JOB, jobs.JobView.as_view(), "job"),
    resource(JOB + "/messages", following.MessagesView.as_view(), "job-messages"),
    resource(JOB + "/cancel", jobs.CancelView.as_view(), "cancel"),
    resource(JOB + "/results", results.ResultsView.as_view(), "results"),
    resource(
        JOB + r"/results/(?P<parameter>[^/]+)", results.ResultView.as_view(), "result"
    ),
    resource(
        JOB + r"/results/(?P<parameter>[^/]+)/download",
        downloads.ResultDownloadView.as_view(),
        "result-download",
    ),
    resource(
        JOB + "/provenance", provenance.ProvenanceView.as_view(), "job-provenance"
    ),
    resource(JOB + "/script", provenance.ScriptView.as_view(), "job-script"),
    resource(JOB + "/layers", layers.JobLayersView.as_view(), "job-layers"),
    resource(
        JOB + r"/layers/(?P<layer>\d+)", layers.JobLayerView.as_view(), "job-layer"
    ),
    resource(
        JOB + r"/layers/(?P<layer>\d+)/query",
        layers.JobLayerQueryView.as_view(),
        "job-query",
    ),
    resource(
        JOB + r"/layers/(?P<layer>\d+)/generateRenderer",
        layers.JobLayerRendererView.as_view(),
        "job-renderer",
    ),
    resource(JOB + "/layers/export", layers.JobExportView.as_view(), "job-export"),
    resource(JOB + "/layers/legend", layers.JobLegendView.as_view(), "job-legend"),
    resource(JOB + "/shares", share_views.SharesView.as_view(), "shares"),
    resource(
        JOB + "/shares/create", share_views.CreateShareView.as_view(), "create-share"
    ),
    resource(
        JOB + r"/shares/(?P<share>[0-9a-f]+)/revoke",
        share_views.RevokeShareView.as_view(),
        "revoke-share",
    ),
    resource(JOB + "/inputs", results.InputsView.as_view(), "inputs"),
    resource(
        JOB + r"/inputs/(?P<parameter>[^/]+)", results.InputView.as_view(), "input"
    ),
    resource(FILES + r"/(?P<file>[^/]+)", files.JobFileView.as_view(), "job-file"),
]
