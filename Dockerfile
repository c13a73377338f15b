# Two images from the project's own files. Both keep everything in the volume /data, and neither runs as root.
#
# The app, at http://127.0.0.1:8501 of the computer that runs it:
#     docker build --target app -t finetune-lab .
#     docker run --rm -p 127.0.0.1:8501:8501 -v finetune-lab:/data finetune-lab
# For several people who share everything, publish the port to all (-p 8501:8501) and say by which name they call it:
#     -e STREAMLIT_SERVER_ALLOWED_HOSTS=lab.school.example
# A class, in which each has a space of their own behind a code, is another server: python -m core class.
#
# A finished run for other programs, at http://127.0.0.1:8600; RUN is its id:
#     docker build --target serve -t finetune-lab-serve .
#     docker run --rm -p 127.0.0.1:8600:8600 -v finetune-lab:/data finetune-lab-serve RUN
# For other computers, publish the port to all and add: --allowed-host NAME
#
# PyTorch as it comes can use graphics cards and takes gigabytes. Flags for pip, such as an index with builds for
# processors alone, go into PIP_FLAGS: --build-arg PIP_FLAGS="..."

FROM python:3.11-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 FINETUNE_LAB_HOME=/data
WORKDIR /app
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY core core
COPY pages pages
COPY sample_data sample_data
ARG PIP_FLAGS=""
RUN pip install --no-cache-dir $PIP_FLAGS -e .
RUN useradd --create-home --uid 10001 lab && mkdir /data && chown lab /data
USER lab
VOLUME /data

FROM base AS serve
EXPOSE 8600
ENTRYPOINT ["python", "-m", "core", "serve", "--host", "0.0.0.0", "--port", "8600"]

FROM base AS app
# Inside, it listens to all: the port that is published decides who reaches it. There is no browser to open.
ENV STREAMLIT_SERVER_ADDRESS=0.0.0.0 STREAMLIT_SERVER_PORT=8501 STREAMLIT_SERVER_HEADLESS=true
EXPOSE 8501
CMD ["python", "-m", "streamlit", "run", "app.py"]
